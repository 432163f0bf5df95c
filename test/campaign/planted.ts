import { activityInfo } from '@temporalio/activity';
import { CancelledFailure, ApplicationFailure } from '@temporalio/common';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { noTries } from '../../src/contracts/failures';
import { isListening } from '../../src/dev/ports';
import { until } from '../../src/dev/until';
import { triggerId } from '../../src/planning/ids';
import type { Case } from './case';
import type { Invariant } from './invariants';
import { job } from './machine';
import type { Defect } from './machine';

/** A defect of the product, and the one invariant that it violates in this case. */
export interface Planted {
  readonly violates: Invariant;
  readonly name: string;
  readonly case: Case;
  readonly defect: Defect;
  readonly limitMs?: number;
}

const timeouts = { stop: 1_000, restart: 1_500, restore: 4_000, recovery: 1_000, attention: 1_000 };
const input = { parallelism: 4, timeouts, maxSavepointCreationAttempts: 1, maxJobCreationAttempts: 1 };

/** Of activities' inputs what defects here change. */
const submits = z.looseObject({ verb: z.string(), namesakes: z.array(z.string()), origin: z.unknown() });
const tries = z.looseObject({ tries: z.unknown() });
const verifies = z.looseObject({ old: z.looseObject({ ours: z.string() }) });
const begun = z.looseObject({ jobId: z.string(), key: z.object({ lock: z.string(), run: z.string() }) });

/** Does `instead` in the place of one activity; the others are sound. */
function instead(name: string, defect: Defect): Defect {
  return (invocation) =>
    invocation.activity === name ? defect(invocation) : invocation.next(invocation.input);
}

/** A key of ids that nobody else has. */
function random(): { readonly lock: string; readonly run: string } {
  return { lock: randomUUID(), run: randomUUID() };
}

export const planted: readonly Planted[] = [
  {
    violates: 'S1',
    name: 'nothing is looked at before a submit, and its id is invented',
    case: { input, crashes: [{ call: 'runJar', nth: 1, what: 'UNREAD' }] },
    defect: instead('restart', async ({ input: given, next, site: { flink, calls } }) => {
      const live = flink.live(job).map(({ id }) => id);
      // a run as a whole judges its ids (S7): here they are derived, each of another attempt's number
      const n = 1 + calls.sent.filter(({ method }) => method === 'runJar').length;
      return next({ ...submits.parse(given), namesakes: live, tries: { ...noTries, next: n } });
    }),
  },
  {
    violates: 'S2',
    name: 'the job is started from an older snapshot',
    case: { input, acts: [{ when: { call: 'config', nth: 1 }, deed: { kind: 'OLD_JOB', how: 'IS_SAVED' } }] },
    defect: instead('restart', async ({ input: given, next, site: { flink } }) => {
      const older = flink.effects.find((effect) => effect.kind === 'SAVEPOINT' && !effect.stop);
      if (older?.kind !== 'SAVEPOINT') throw new Error('there is no older one');
      const snapshot = { kind: 'SAVEPOINT', path: older.path, jobId: older.jobId };
      return next({ ...submits.parse(given), origin: { kind: 'SNAPSHOT', snapshot } });
    }),
  },
  {
    violates: 'S2',
    name: 'the job is started without its state',
    case: { input },
    defect: instead('restart', ({ input: given, next }) =>
      next({ ...submits.parse(given), origin: { kind: 'EMPTY' } }),
    ),
  },
  {
    violates: 'S3',
    name: 'a job that its stop has ended is said to run',
    case: { input, stops: [{ kind: 'JOB_FAILS' }] },
    defect: instead('settle', async () =>
      Promise.resolve({ settlement: { kind: 'RUNNING' }, failures: [], restarts: 0 }),
    ),
  },
  {
    violates: 'S4',
    name: 'the roll-back is skipped',
    case: { input, starts: [{ kind: 'FAILS' }] },
    defect: instead('restart', async ({ input: given, next }) => {
      if (submits.parse(given).verb !== 'rollback') return next(given);
      return { jobId: '0'.repeat(32), ...tries.parse(given), restoreMs: 0, warnings: [] };
    }),
  },
  {
    violates: 'S6',
    name: 'the savepoint is deleted before the new job has a checkpoint',
    case: { input, starts: [{ kind: 'NO_CHECKPOINT' }] },
    defect: instead('verify', async ({ input: given, next, cluster }) => {
      await cluster.flink.disposeSavepoint(verifies.parse(given).old.ours);
      return next(given);
    }),
  },
  {
    violates: 'S6',
    name: 'a savepoint is taken, and nobody is told',
    case: { input },
    defect: instead('verify', async ({ input: given, next, site: { flink }, cluster }) => {
      const output = await next(given);
      const { jobId, key } = begun.parse(given);
      const trigger = triggerId(key, 'stop', 2);
      const targetDirectory = `${cluster.config.savepointRoot}/${trigger}`;
      const taken = flink.next('SAVEPOINT');
      await cluster.flink.savepoint(jobId, { triggerId: trigger, targetDirectory, formatType: 'CANONICAL' });
      await taken;
      return output;
    }),
  },
  {
    violates: 'S7',
    name: 'the id of a stop is invented',
    case: { input },
    defect: instead('savepoint', ({ input: given, next }) =>
      next({ ...z.looseObject({}).parse(given), key: random() }),
    ),
  },
  {
    violates: 'S8',
    name: 'an abort is obeyed when the job is stopped already',
    case: {
      input,
      stops: [{ kind: 'TAKES', ms: 1_500 }],
      acts: [{ when: { call: 'stop', nth: 1 }, deed: { kind: 'ABORT' } }],
    },
    defect: async ({ activity, input: given, next, site: { flink } }) => {
      if (activity === 'settle') {
        const savepoint = flink.effects.find((effect) => effect.kind === 'SAVEPOINT');
        const cause = savepoint?.kind === 'SAVEPOINT' ? savepoint.path : '';
        return { settlement: { kind: 'RUNNING' }, failures: [{ n: 1, cause }], restarts: 0 };
      }
      const output = await next(given);
      // of more than the workflow was told before it was sent
      if (activity === 'savepoint') throw new CancelledFailure('aborted', [{ ...noTries, next: 2 }]);
      return output;
    },
  },
  {
    violates: 'L1',
    name: 'a submit is tried for ever, and never seen to have come',
    case: { input },
    limitMs: 8_000,
    defect: instead('restart', async ({ input: given, next }) => {
      await next(given);
      await sleep(100);
      throw ApplicationFailure.retryable('once more', 'AttemptLost', noTries);
    }),
  },
  {
    violates: 'L2',
    name: 'an attempt that Temporal has given up goes on',
    case: { input },
    defect: instead('verify', async ({ input: given, next, site: { flink } }) => {
      if (activityInfo().attempt > 1) return next(given);
      // no heartbeat: the next one is scheduled meanwhile, and the run ends
      const port = Number(new URL(flink.restUrl).port);
      const isOver = async () => !(await isListening(port));
      await until(isOver, { what: 'the run to be over', deadlineMs: 90_000, pollMs: 500 });
      return next(given);
    }),
  },
];
