import { spawnSync } from 'node:child_process';
import type { JobLookup } from '../../src/contracts/observation';
import { defaultTimeouts } from '../../src/contracts/rescale';
import type { Artifact, Transition } from '../../src/contracts/rescale';
import type { Snapshot } from '../../src/contracts/snapshot';
import { plan } from '../../src/planning/plan';
import type { Launch, RescalePlan } from '../../src/planning/plan';
import type { Teller } from '../../src/planning/report';
import { parseRequest } from '../../src/planning/request';
import type { Saving } from '../../src/planning/savepoint-failed';
import { ask, flinkUrl, jobId, running, seen } from './plans';

/** What there is to report of: a rescale of orders from 2 to 4, and the other transitions. */

export const newId = 'b'.repeat(32);
export const snapshot: Snapshot = { kind: 'SAVEPOINT', path: 'file:/data/sp/orders/savepoint-1', jobId };
export const startedAgain = {
  kind: 'STARTED_AGAIN',
  jobId: newId,
  found: `job ${jobId} was FAILED`,
  snapshot,
} as const;

export const tell = (request = ask()): Teller => ({ taskQueue: 'weir', request, flinkUrl });

function launch(
  parallelism: number,
  artifact: Artifact = { jar: 'orders.jar', args: ['--rate', '500'] },
): Launch {
  return {
    ...{ jar: { artifact, jarId: 'x', sha256: '0' }, parallelism, vertices: [{ id: 'v', parallelism }] },
    allowNonRestoredState: false,
  };
}

export function planned(artifact?: Artifact): RescalePlan {
  return {
    transition: 'RESCALE',
    job: {
      id: jobId,
      name: 'orders',
      vertices: [{ id: 'v' }],
      startedAt: 1,
      restarts: 0,
      restartsForEver: true,
    },
    namesakes: [],
    ending: 'STOP_WITH_SAVEPOINT',
    restore: 'LATEST_STATE',
    savepoint: { format: 'CANONICAL', directory: 'file:///data/sp/orders', tryMs: 1, keep: true },
    predictedDowntime: { basis: 'none' },
    next: launch(4, artifact),
    previous: launch(2, artifact),
    attempts: { savepoint: 4, job: 4 },
    timeouts: defaultTimeouts,
    warnings: [],
  };
}

const nobody: JobLookup = { kind: 'UNKNOWN', live: [] };
const found: JobLookup = { kind: 'FOUND', job: running(2), namesakes: [] };

/** The plan of such a request, of a job that runs at 2; of a START, where none does. */
export function planOf(transition: Transition, input: object = {}) {
  const runs = transition === 'RESCALE' || transition === 'START' ? { parallelism: 4 } : {};
  const parsed = parseRequest({ job: 'orders', transition, ...runs, ...input }, 'rescale/local/orders');
  if (parsed.kind !== 'REQUEST') throw new Error(parsed.problems.join('\n'));
  const job = transition === 'START' ? nobody : found;
  const decision = plan({ ...seen(ask(), running(2)), job }, parsed.request);
  if (decision.kind !== 'RESCALE' && decision.kind !== 'TRANSITION') throw new Error(decision.kind);
  return decision.plan;
}

export function savingOf(transition: Transition): Saving {
  const plan = planOf(transition);
  if (plan.transition === 'START' || plan.transition === 'CANCEL') throw new Error('it saves nothing');
  return plan;
}

/** What a shell makes of a command: its words. Nothing of the command is run. */
export function shellWords(command: string): string[] {
  const program = command.split(' ')[0];
  const script = `${program}() { printf '%s\\0' "$@"; }; ${command}`;
  const { stdout, status, stderr } = spawnSync('sh', ['-c', script], { encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout.split('\0').slice(0, -1);
}
