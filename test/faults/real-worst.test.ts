import type { RescaleInput } from '../../src/contracts/rescale';
import { checkRunning } from '../../src/dev/checker';
import { Orders, ordersSplits } from '../../src/dev/orders';
import { cancel, checkpointed } from '../kit/flink';
import { Gate } from '../kit/gate';
import { endOf, startRescale } from '../kit/rescale';
import { useStack } from '../kit/stack';

/**
 * The ten worst points, on real Flink: the worker is killed (SIGKILL) while one call of it is kept on its way, and what
 * the call comes to is decided when it is dead. Of each the job's own output says that nothing was lost or counted twice.
 */

const stop = { method: 'POST', path: /^\/jobs\/\w+\/stop/ };
const submit = { method: 'POST', path: /^\/jars\/[^/]+\/run/ };
const end = { method: 'PATCH', path: /^\/jobs\/\w+/ };
const thenCancel = { savepoint: { mode: 'SAVEPOINT_THEN_CANCEL' } } as const;
const stateless = { upgradeStrategy: 'STATELESS' } as const;

/** What becomes of the call. */
type Fate =
  /** It never reaches Flink. */
  | 'LOST'
  /** Flink executes it when its worker is dead, before the next one looks. */
  | 'OVERTAKES'
  /** Flink has executed it; nobody has read the answer. */
  | 'UNREAD'
  /** Flink gets it when everything is over. */
  | 'LATE';

interface Point {
  readonly name: string;
  readonly call: typeof stop;
  readonly after?: number;
  readonly fate: Fate;
  readonly input?: Partial<RescaleInput>;
  /** The new job does not come up: it is rolled back. */
  readonly fails?: true;
  /** The JobManager is killed as well. */
  readonly jobManager?: true;
}

const points: readonly Point[] = [
  { name: 'stop-overtakes', call: stop, fate: 'OVERTAKES' },
  { name: 'stop-unread', call: stop, fate: 'UNREAD' },
  { name: 'stop-late', call: stop, fate: 'LATE' },
  { name: 'between-stop-and-submit', call: submit, fate: 'LOST' },
  { name: 'submit-unread', call: submit, fate: 'UNREAD' },
  { name: 'submit-late', call: submit, fate: 'LATE' },
  { name: 'between-savepoint-and-cancel', call: end, fate: 'LOST', input: thenCancel },
  { name: 'stateless-cancel-unread', call: end, fate: 'UNREAD', input: stateless },
  { name: 'roll-back-submit-unread', call: submit, after: 1, fate: 'UNREAD', fails: true },
  { name: 'job-manager-lost-after-the-stop', call: submit, fate: 'LOST', jobManager: true },
];

/** TaskManagers keep a dead JobManager's tasks for the heartbeat time-out, and the proof that a job is over waits for it. */
const settings = { 'heartbeat.timeout': '6s', 'heartbeat.interval': '1s' };

describe.each(['2.3.0', '1.20.5'] as const)('on Flink %s', (version) => {
  let gate: Gate | undefined;
  let met = 0;
  const stack = useStack(`real-worst-${version}`, async () => {
    gate = await Gate.start();
    return {
      flink: { version, taskManagers: 2, slots: 4, settings },
      worker: {
        jobs: (stack) => points.map(({ name }) => new Orders(stack, { name }).config),
        cluster: { rest: gate.url },
      },
    };
  });
  beforeAll(() => {
    if (gate !== undefined) gate.target = stack().flink.restUrl;
  });
  afterAll(async () => {
    process.stdout.write(
      `worst points on Flink ${version}: ${points.length} points, ${met} as they must be\n`,
    );
    await gate?.stop();
  });

  test.each(points)(
    'P1, P5, P20: $name ($fate): one job, nothing lost, nothing counted twice',
    async ({ name, call, after, fate, input, fails, jobManager }) => {
      if (gate === undefined) throw new Error('there is no gate');
      const orders = new Orders(stack(), { name });
      const oldId = await orders.start(2);
      await checkpointed(stack(), oldId, 1);
      if (fails === true) await orders.fault('open-fail', '4');
      const kept = gate.keep(call.method, call.path, fate === 'UNREAD' ? 'AFTER' : 'BEFORE', after);
      const workflowId = await startRescale(stack(), {
        ...{ job: name, parallelism: 4, ...(fails === true ? { timeouts: { restart: 6_000 } } : {}) },
        ...input,
      });
      await kept.arrived;
      await stack().worker.kill();
      if (fate === 'OVERTAKES') await kept.passOn();
      if (fate !== 'LATE') kept.drop();
      if (jobManager === true) {
        await stack().flink.jobManager.kill();
        await stack().flink.jobManager.start();
      }
      await stack().worker.start();

      const ended = await endOf(stack(), workflowId);
      expect(ended).toMatchObject(
        fails === true
          ? { status: 'FAILED', type: 'RolledBack' }
          : { status: 'COMPLETED', result: { outcome: 'RESCALED' } },
      );
      if (fate === 'LATE') await kept.passOn();
      const parallelism = fails === true ? 2 : 4;
      const live = await orders.live();
      expect(live).toMatchObject([{ state: 'RUNNING', parallelism }]);
      const verdict = await checkRunning({
        ...{ output: orders.output, splits: ordersSplits, deadlineMs: 60_000 },
      });
      expect(verdict).toMatchObject({ lost: 0, countedTwice: 0, forgotten: 0 });
      met += 1;
      for (const { id } of live) await cancel(stack(), id);
    },
    180_000,
  );
});
