import { createRequire } from 'node:module';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';

/**
 * A test runner for Stryker: the unit tests of one folder in one process, each file loaded once, since Stryker turns
 * its mutants on and off in what is loaded. Jest would load all of them anew for each of the mutants: hours for minutes.
 * `describe`, `test`, their `each`, `beforeEach` and `afterEach` are all that those tests use; `expect` is Jest's own. The
 * properties of whole plans are left out: thousands of plans for each mutant, where a table should have noticed it.
 */
const create = ({ inProcess }) => new Runner(inProcess);
create.inject = ['options'];
export const strykerPlugins = [{ kind: 'TestRunner', name: 'in-process', factory: create }];

export const strykerValidationSchema = {
  properties: {
    inProcess: {
      type: 'object',
      properties: {
        folder: { type: 'string', description: 'Of the tests.' },
        only: {
          type: 'string',
          description: 'Of their files: those whose name matches, as a regular expression.',
        },
      },
      default: { folder: 'test/planning' },
    },
  },
};

const [passed, failed] = [0, 1];

class Runner {
  #folder;
  #only;
  #require = createRequire(join(process.cwd(), 'package.json'));
  #stryker = (globalThis.__stryker__ ??= {});
  #tests = [];
  /** What each test took in the dry run, ms: the quick ones come first, and most mutants do not outlive them. */
  #took = new Map();

  constructor({ folder, only = '' }) {
    this.#folder = folder;
    this.#only = new RegExp(only);
  }

  capabilities() {
    return { reloadEnvironment: true };
  }

  async dryRun() {
    this.#load();
    const tests = await this.#run();
    this.#took = new Map(tests.map(({ id, timeSpentMs }) => [id, timeSpentMs]));
    return { status: 'complete', tests, mutantCoverage: this.#stryker.mutantCoverage };
  }

  async mutantRun({ activeMutant, testFilter, hitLimit, mutantActivation, reloadEnvironment }) {
    const stryker = this.#stryker;
    stryker.hitLimit = hitLimit;
    stryker.hitCount = hitLimit === undefined ? undefined : 0;
    const isStatic = mutantActivation === 'static';
    try {
      if (isStatic) stryker.activeMutant = activeMutant.id;
      if (reloadEnvironment || this.#tests.length === 0) this.#load();
      stryker.activeMutant = activeMutant.id;
      const wanted = testFilter && new Set(testFilter);
      const results = await this.#run(wanted, true);
      if (stryker.hitCount > hitLimit) return { status: 'timeout', reason: 'hit limit' };
      const killer = results.find(({ status }) => status === failed);
      const nrOfTests = results.length;
      if (killer === undefined) return { status: 'survived', nrOfTests };
      return { status: 'killed', killedBy: [killer.id], failureMessage: killer.failureMessage, nrOfTests };
    } catch (error) {
      // what a mutant breaks as the files are loaded, no test can miss
      return { status: 'killed', killedBy: ['the files'], failureMessage: String(error), nrOfTests: 0 };
    } finally {
      stryker.activeMutant = undefined;
    }
  }

  #load() {
    const ours = ['src', 'test'].map((folder) => join(process.cwd(), folder));
    for (const file of Object.keys(this.#require.cache))
      if (ours.some((folder) => file.startsWith(folder))) delete this.#require.cache[file];
    this.#require('./test/kit/ts-hook.js');
    this.#require('fast-check').configureGlobal({ seed: 1 }); // one score, however often it is measured
    const folder = join(process.cwd(), this.#folder);
    const files = readdirSync(folder, { recursive: true }).filter(
      (file) => file.endsWith('.test.ts') && !file.endsWith('-properties.test.ts') && this.#only.test(file),
    );
    this.#tests = files.flatMap((file) => this.#testsOf(join(folder, file), file));
  }

  #testsOf(fileName, file) {
    const tests = [];
    const names = [file];
    const hooks = { before: [], after: [] };
    const test = (name, run) => {
      const full = [...names, name].join(' > ');
      const same = tests.filter((one) => one.name === full).length;
      const around = { before: [...hooks.before], after: [...hooks.after] };
      tests.push({ id: same === 0 ? full : `${full} (${same + 1})`, name: full, fileName, run, around });
    };
    const describe = (name, define) => {
      const [before, after] = [hooks.before.length, hooks.after.length];
      names.push(name);
      define();
      names.pop();
      hooks.before.length = before;
      hooks.after.length = after;
    };
    const beforeEach = (hook) => hooks.before.push(hook);
    const afterEach = (hook) => hooks.after.push(hook);
    for (const each of [test, describe])
      each.each = (rows) => (name, run) => {
        for (const row of rows) each(name, () => (Array.isArray(row) ? run(...row) : run(row)));
      };
    const { expect } = this.#require('expect');
    Object.assign(globalThis, { describe, test, it: test, beforeEach, afterEach, expect });
    this.#require(fileName);
    return tests;
  }

  async #run(wanted, bail = false) {
    const results = [];
    const took = ({ id }) => this.#took.get(id) ?? 0;
    for (const { run, around, ...test } of this.#tests.toSorted((a, b) => took(a) - took(b))) {
      if (wanted !== undefined && !wanted.has(test.id)) continue;
      this.#stryker.currentTestId = test.id;
      const begin = performance.now();
      const failureMessage = await failureOf(run, around, this.#took.get(test.id));
      const timeSpentMs = performance.now() - begin;
      results.push(
        failureMessage === undefined
          ? { ...test, status: passed, timeSpentMs }
          : { ...test, status: failed, timeSpentMs, failureMessage },
      );
      if (bail && failureMessage !== undefined) break;
    }
    this.#stryker.currentTestId = undefined;
    return results;
  }
}

/** How it failed. A test that takes far longer than it did without a mutant waits for something that does not come. */
async function failureOf(run, { before, after }, usualMs) {
  const limitMs = usualMs === undefined ? 60_000 : 3_000 + 10 * usualMs;
  const limited = async (work) => {
    let timer;
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error(`not over after ${limitMs} ms`)), limitMs);
    });
    try {
      await Promise.race([work(), late]);
      return undefined;
    } catch (error) {
      return String(error);
    } finally {
      clearTimeout(timer);
    }
  };
  const failures = [];
  for (const step of [...before, run])
    if (failures.length === 0) failures.push(...[await limited(step)].filter(Boolean));
  for (const step of after) failures.push(...[await limited(step)].filter(Boolean));
  return failures[0];
}
