/**
 * Records the golden histories anew: each way through the state machine, on a real Temporal and a simulated Flink.
 *
 *     npm run golden:record
 *     npm run golden:record -- --new     only the cases that have none, and leaves the others alone
 *
 * A history that is there is replaced only in a commit that says why old runs need not replay: whoever upgrades Weir
 * while a rescale is under way has a run of the old code that the new code must take up.
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, hostname } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { interrupted } from '../../../src/dev/interrupt';
import { projectDir } from '../../../src/dev/paths';
import { goldenCases, playAll, startGoldenPlace, workflowIdOf } from './cases';
import { goldenDir, goldenHistories, parseHistory, pathOf } from './history';
import { scrub, unclean } from './scrub';

async function main(): Promise<void> {
  const interruption = interrupted().then((signal): never => {
    throw new Error(`${signal}: nothing was written`);
  });
  // one that comes while the place is started is taken up when it is
  interruption.catch(() => undefined);
  const kept = process.argv.includes('--new') ? goldenHistories().map(({ name }) => name) : [];
  const cases = goldenCases.filter(({ name }) => !kept.includes(name));
  const place = await startGoldenPlace('golden-record');
  try {
    const wrong: string[] = [];
    const recorded = playAll(place, cases, async (one, runId) => {
      const { name, path } = one;
      const shown = await place.cli([
        ...['workflow', 'show', '--workflow-id', workflowIdOf(one), '-o', 'json'],
        ...(runId === undefined ? [] : ['--run-id', runId]),
      ]);
      if (shown.code !== 0) throw new Error(shown.stderr);
      const json = scrub(JSON.parse(shown.stdout));
      const went = pathOf(parseHistory(json)).join(' ');
      if (went !== path) wrong.push(`${name} went through ${went}, not ${path}`);
      const left = unclean(json, [projectDir, homedir(), `@${hostname()}`]);
      if (left.length > 0) wrong.push(`${name} names this machine: ${left.join(', ')}`);
      return { name, json };
    });
    const histories = await Promise.race([recorded, interruption]);
    if (wrong.length > 0) throw new Error(`nothing was written:\n${wrong.join('\n')}`);
    mkdirSync(goldenDir, { recursive: true });
    for (const file of readdirSync(goldenDir))
      if (!kept.includes(file.slice(0, -'.json'.length))) rmSync(join(goldenDir, file));
    for (const { name, json } of histories)
      writeFileSync(join(goldenDir, `${name}.json`), eventPerLine(json));
    console.log(`${histories.length + kept.length} of ${goldenCases.length} histories are in test/golden`);
  } finally {
    await place.stop();
  }
}

/** What differs from the history before can be read then. */
function eventPerLine(json: unknown): string {
  const { events } = z.object({ events: z.array(z.unknown()) }).parse(json);
  return `{"events":[\n${events.map((event) => JSON.stringify(event)).join(',\n')}\n]}\n`;
}

main().catch((error: unknown) => {
  console.error(error);
  // a case that still waits for something must not keep the process
  process.exit(1);
});
