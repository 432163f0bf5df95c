import type { RescaleInput } from '../../src/contracts/rescale';
import { until } from '../../src/dev/until';
import { lostAttempts } from '../kit/attempts';
import { callsOf, runningJob, startsOf } from '../kit/jobs';
import { heldAt, letGo } from '../kit/moments';
import { endOf, historyOf, startRescale } from '../kit/rescale';
import { useSimulated } from '../kit/simulated';
import { liveJobs, succeeded } from '../kit/watch';

/**
 * A worker that is killed (SIGKILL) around each call of a strategy that changes something, beside the calls of the
 * default (crash.test.ts). All are held at their call at once, each on a Flink of its own, and one kill hits them all.
 */

const stateless = { upgradeStrategy: 'STATELESS' } as const;
const saveThenCancel = { savepoint: { mode: 'SAVEPOINT_THEN_CANCEL' } } as const;
const disposing = { savepoint: { keep: false } } as const;

const cancel = { on: 'PATCH /jobs/:id', after: 0, activity: 'stop' } as const;
const submit = { on: 'POST /jars/:jar/run', after: 0, activity: 'restart' } as const;
const save = { on: 'POST /jobs/:id/savepoints', after: 0, activity: 'savepoint' } as const;
const dispose = { on: 'POST /savepoint-disposal', after: 0, activity: 'dispose' } as const;

const cases = [
  { strategy: 'stateless', what: 'cancel', input: stateless, call: cancel },
  { strategy: 'stateless', what: 'submit', input: stateless, call: submit },
  { strategy: 'save-then-cancel', what: 'savepoint', input: saveThenCancel, call: save },
  { strategy: 'save-then-cancel', what: 'cancel', input: saveThenCancel, call: cancel },
  { strategy: 'save-then-cancel', what: 'submit', input: saveThenCancel, call: submit },
  { strategy: 'disposing', what: 'disposal', input: disposing, call: dispose },
].flatMap((one) =>
  (['BEFORE', 'DURING', 'UNREAD'] as const).map((moment) => ({
    ...{ ...one, moment, cluster: `${one.strategy}-${one.what}-${moment.toLowerCase()}` },
  })),
);

const place = useSimulated('strategies-crash', { clusters: cases.map(({ cluster }) => cluster) });

/** The workflow and the old job of each case, by its cluster. */
const runs = new Map<string, { readonly workflowId: string; readonly oldId: string }>();

beforeAll(async () => {
  const reached = await Promise.all(
    cases.map(async ({ cluster, input, call, moment }) => {
      const flink = place().flinkOf(cluster);
      const { id: oldId } = await runningJob(flink, 'orders');
      const held = heldAt(flink, call, moment);
      const asked: RescaleInput = { cluster, job: 'orders', parallelism: 4, ...input };
      runs.set(cluster, { workflowId: await startRescale(place(), asked), oldId });
      return { moment, held: await held };
    }),
  );
  await place().worker.kill();
  await until(() => reached.every(({ held }) => held.waiting === 0), {
    ...{ what: 'the connections of the killed worker to break', deadlineMs: 10_000 },
  });
  for (const { held, moment } of reached) letGo(held, moment);
  await place().worker.start();
}, 180_000);

test.each(cases)(
  'P1, P20: $strategy, killed at the $what ($moment): one job in the end, started once, from its newest state',
  async ({ cluster, call, input }) => {
    const flink = place().flinkOf(cluster);
    const run = runs.get(cluster);
    if (run === undefined) throw new Error('the case was not reached');
    const { outcome, superseded, snapshot } = succeeded(await endOf(place(), run.workflowId));
    expect(outcome).toBe('RESCALED');

    expect(lostAttempts(await historyOf(place(), run.workflowId))).toMatchObject([
      { activity: call.activity },
    ]);
    expect(liveJobs(flink, 'orders')).toMatchObject([{ parallelism: 4, state: 'RUNNING' }]);
    expect(startsOf(flink, 'orders')).toHaveLength(2);
    flink.neverTwoCopies();
    expect(flink.stateLost()).toEqual([]);

    const executed = (verb: 'SAVEPOINT' | 'STOP') =>
      callsOf(flink, verb, run.oldId).filter((one) => one.outcome === 'EXECUTED').length;
    expect({ savepoints: executed('SAVEPOINT'), stops: executed('STOP') }).toEqual({
      savepoints: input === saveThenCancel ? 1 : 0,
      stops: input === disposing ? 1 : 0,
    });
    if (input !== disposing) return;
    expect(superseded).toMatchObject([{ path: snapshot?.path, disposed: true }]);
  },
  60_000,
);
