/**
 * The benches of docs/benchmarks.md that stand in its tables of the downtime, of many rescales and of what a worker takes,
 * one after the other. Each goes on from the rows that it has in bench/results, and prints what all of them come to: what was
 * ended is started again by the same command, and what is to be measured anew has its file deleted first.
 *
 *     npm run bench [rounds]
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { projectDir } from '../src/dev/paths';

const rounds = process.argv[2] ?? '30';

const benches = [
  ['rescale/index.ts', rounds],
  ['rescale/index.ts', rounds, '--state-mb', '200'],
  ['handover.ts', '200'],
  // what the Dockerfile gives the worker
  ['many/index.ts', '10', '100', '1000', '--max-old-space-size=768'],
  ['worker.ts', '200'],
] as const;

const did: string[] = [];
for (const [bench, ...args] of benches) {
  const called = `bench/${[bench, ...args].join(' ')}`;
  console.log(`\n${called}`);
  const began = performance.now();
  const hook = join(projectDir, 'test', 'kit', 'ts-hook.js');
  const { status, signal } = spawnSync(
    process.execPath,
    ['-r', hook, join(projectDir, 'bench', bench), ...args],
    { stdio: 'inherit', cwd: projectDir },
  );
  const minutes = ((performance.now() - began) / 60_000).toFixed(1);
  did.push(`${called}: ${minutes} min${status === 0 ? '' : `, ended by ${signal ?? `exit code ${status}`}`}`);
  if (status === 0) continue;
  process.exitCode = 1;
  break;
}
console.log(`\n${did.join('\n')}`);
