/**
 * `npm test`: prepares a fresh clone, then runs the whole suite: what needs nothing but Node, then what starts real
 * Temporal and real Flink. Arguments go to jest: `npm test -- checker` runs the files whose path has "checker" in it.
 *
 * Instead of those, `npm run test:faults` (`--faults`) runs what takes too long for `npm test`, and
 * `npm run test:versions` (`--versions`) the main path on the other versions of Flink, which it downloads, and
 * `npm run test:edge` (`--edge`) what needs programs of others: Chromium, nginx, Python.
 *
 * `npm run test:faults` takes more than an hour: when it was interrupted, the next one goes on with the files that have not
 * passed yet, as long as the tree is the same. `-- --fresh` starts over. Files that are named by arguments are just run.
 */
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { prepare, projectDir, run } from './prepare.mjs';
import { begin, end } from './resume/table.js';

const args = process.argv.slice(2);
const others = { '--faults': ['faults'], '--versions': ['versions'], '--edge': ['edge'] };
const flag = args.find((arg) => arg in others);
const projects = others[flag] ?? ['unit', 'real'];
const jestArgs = args.filter((arg) => arg !== flag && arg !== '--fresh');

const results = join(projectDir, '.weir', 'test-results');
/** A file a line; of runs that are resumed. */
const table = flag === '--faults' && jestArgs.length === 0 ? join(results, 'faults-table.jsonl') : undefined;
const resumed = (name) => join(projectDir, 'scripts', 'resume', name);

/** Runs one jest project; a file that could not be run at all counts as a failed test. */
async function jest(project) {
  const outputFile = join(results, `${project}.json`);
  rmSync(outputFile, { force: true });
  const jestCommand = [
    join(projectDir, 'node_modules', 'jest', 'bin', 'jest.js'),
    ...['--selectProjects', project, '--json', `--outputFile=${outputFile}`],
    // A filter may name files of one project only, or none; that no test ran at all is judged below.
    ...(jestArgs.length > 0 || table ? ['--passWithNoTests'] : []),
    ...(table
      ? ['--filter', resumed('filter.js'), '--reporters', 'default', '--reporters', resumed('reporter.js')]
      : []),
    // all but `unit` start servers, which should not share the machine with those of another suite
    ...(project === 'unit' ? [] : ['--runInBand']),
    ...jestArgs,
  ];
  const code = await run(process.execPath, jestCommand, table ? { WEIR_TEST_TABLE: table } : {});
  // jest writes no results when its global teardown fails: a process was left behind.
  if (!existsSync(outputFile)) return { code, passed: 0, failed: 1 };
  const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites } = JSON.parse(
    readFileSync(outputFile, 'utf8'),
  );
  return { code, passed: numPassedTests, failed: numFailedTests + numRuntimeErrorTestSuites };
}

await prepare();
const provisioned = await run(process.execPath, [join(projectDir, 'dist', 'dev', 'provision-all.js')]);
if (provisioned !== 0) process.exit(provisioned);

mkdirSync(results, { recursive: true });
const takenOver = table ? begin(table, { folder: projectDir, fresh: args.includes('--fresh') }) : [];
for (const { file, passed, commit } of takenOver)
  console.log(`taken over: ${file}, ${passed} passed at ${commit}`);
const runs = [];
for (const project of projects) runs.push(await jest(project));
if (table) end(table);
const before = takenOver.reduce((sum, { passed }) => sum + passed, 0);
const passed = runs.reduce((sum, { passed }) => sum + passed, before);
const failed = runs.reduce((sum, { failed }) => sum + failed, 0);
if (passed + failed === 0) console.error('no test has run');
process.exitCode = passed + failed === 0 || runs.some(({ code }) => code !== 0) ? 1 : 0;
if (takenOver.length > 0)
  console.log(
    `of these, ${before} in ${takenOver.length} files are of the run before, which was interrupted (${table})`,
  );
console.log(`${passed} passed, ${failed} failed`);
