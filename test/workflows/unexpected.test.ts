import { ApplicationFailure } from '@temporalio/common';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import type { WorkflowBundleWithSourceMap } from '@temporalio/worker';
import type { Activities } from '../../src/activities';
import { noTries } from '../../src/contracts/failures';
import type { Observation } from '../../src/contracts/observation';
import { freshRunDir } from '../../src/dev/paths';
import { provisionTemporal } from '../../src/dev/provision-temporal';
import { TemporalServer } from '../../src/dev/temporal';
import { until } from '../../src/dev/until';
import { bundleOf } from '../../src/worker/bundle';
import { rescale } from '../kit/rescale';

/** What nobody thought of, in workflow code or in an activity's answer: activities that are not Weir's own. */
const taskQueue = 'weir-unexpected';
let temporal: TemporalServer;
let connection: NativeConnection;
let workflowBundle: WorkflowBundleWithSourceMap;

beforeAll(async () => {
  const logger = new DefaultLogger('ERROR');
  Runtime.install({ logger });
  workflowBundle = await bundleOf(require.resolve('../../src/workflows'), logger);
  const runDir = freshRunDir('unexpected');
  temporal = await TemporalServer.create({ runDir, binary: await provisionTemporal(), headless: true });
  await temporal.service.start();
  connection = await NativeConnection.connect({ address: temporal.address });
}, 600_000);

afterAll(async () => {
  await connection.close();
  await temporal.service.stop();
});

const vertex = { id: 'v', name: 'count', parallelism: 2, maxParallelism: 128, ready: 2 };
const jar = { artifact: { jar: 'orders.jar' }, jarId: 'x_orders.jar', sha256: 'ab' };
const observation: Observation = {
  cluster: 'local',
  flinkUrl: 'http://127.0.0.1:1',
  flinkVersion: '2.3.0',
  snapshotCompression: false,
  observedAt: 0,
  cacheMs: 1,
  slots: { total: 8, available: 6, onDemand: false },
  savepointRoot: 'file:///savepoints',
  snapshotStore: 'none',
  timeouts: {},
  job: {
    kind: 'FOUND',
    namesakes: [],
    job: {
      id: '0'.repeat(32),
      name: 'orders',
      state: 'RUNNING',
      parallelism: 2,
      vertices: [vertex],
      startedAt: 0,
      restarts: 0,
      restartsForEver: true,
      batch: false,
      finishedTasks: 0,
      checkpointing: {
        intervalMs: 1_000,
        timeoutMs: 60_000,
        retainedOnFailure: true,
        retainedOnCancel: true,
        unaligned: false,
      },
    },
  },
  program: {
    kind: 'READY',
    jar,
    previousJar: jar,
    vertices: [{ id: 'v', parallelism: 4 }],
    previousVertices: [{ id: 'v', parallelism: 2 }],
    previousKnown: true,
    warnings: [],
  },
};
const snapshot = { kind: 'SAVEPOINT', path: 'file:/savepoints/one', jobId: '0'.repeat(32) } as const;

/** No rescale calls them. */
const unexpected = () => Promise.reject(new Error('no rescale calls this'));
const ofDeployments = { look: unexpected, watch: unexpected, follow: unexpected };
const ofInPlace = { adjust: unexpected, confirm: unexpected };
const ofMore = { provide: unexpected, release: unexpected, retire: unexpected };

/** Activities that answer as a rescale without faults would have them. */
function smooth(): Activities {
  const started = { jobId: '1'.repeat(32), tries: noTries, restoreMs: 1, warnings: [] };
  return {
    observe: () => Promise.resolve(observation),
    savepoint: () => Promise.resolve({ snapshot, tries: noTries, tookMs: 1 }),
    stop: () => Promise.resolve({ kind: 'ENDED' as const, ended: 'FINISHED' as const, tookMs: 1 }),
    restart: () => Promise.resolve(started),
    revive: () => Promise.resolve({ kind: 'RUNNING' as const, ...started }),
    verify: () => Promise.resolve({ kind: 'VERIFIED' as const, warnings: [], superseded: [] }),
    settle: () => Promise.resolve({ settlement: { kind: 'RUNNING' as const }, failures: [] }),
    dispose: () => Promise.resolve({}),
    notify: () => Promise.resolve(),
    withdraw: () => Promise.resolve({ snapshot, unanswered: false }),
    ...ofDeployments,
    ...ofInPlace,
    ...ofMore,
  };
}

async function rescaleWith(activities: object) {
  const worker = await Worker.create({
    connection,
    taskQueue,
    workflowBundle,
    activities,
  });
  return worker.runUntil(
    rescale({ cli: (args) => temporal.cli(args), taskQueue }, { job: 'orders', parallelism: 4 }),
  );
}

test('P28: an error that nobody thought of, before the stop: the workflow fails, and says that nothing was stopped', async () => {
  const ended = await rescaleWith({ ...smooth(), observe: () => Promise.resolve({ nothing: 'useful' }) });
  expect(ended).toMatchObject({ status: 'FAILED', type: 'Unexpected' });
  expect(ended).toMatchObject({ message: expect.stringContaining('nothing was stopped') });
}, 60_000);

test('P28: an activity that fails for good for a reason that nobody thought of: the failure names it', async () => {
  const ended = await rescaleWith({
    ...smooth(),
    observe: () => {
      throw ApplicationFailure.nonRetryable('the moon is full');
    },
  });
  expect(ended).toMatchObject({ status: 'FAILED', type: 'Unexpected' });
  expect(ended).toMatchObject({ message: expect.stringContaining('the moon is full') });
}, 60_000);

test('P28: an error that nobody thought of, after the stop: the job takes the way back', async () => {
  const starts: string[] = [];
  const ended = await rescaleWith({
    ...smooth(),
    restart: (input: { verb: string }) => {
      starts.push(input.verb);
      return Promise.resolve(
        input.verb === 'restart'
          ? null
          : { jobId: '2'.repeat(32), tries: noTries, restoreMs: 1, warnings: [] },
      );
    },
  });
  expect(ended).toMatchObject({ status: 'FAILED', type: 'RolledBack' });
  expect(ended).toMatchObject({ message: expect.stringContaining('TypeError') });
  expect(starts).toEqual(['restart', 'rollback']);
}, 60_000);

test('P8: an abort, and then the look fails before it has heard of that: ABORTED, since Temporal looks no more', async () => {
  const workflow = ['--workflow-id', 'rescale/local/orders'];
  const isCancelled = async () =>
    (await temporal.cli(['workflow', 'show', ...workflow, '-o', 'json'])).stdout.includes('CANCEL_REQUESTED');
  const ended = await rescaleWith({
    ...smooth(),
    observe: async () => {
      await temporal.cli(['workflow', 'signal', ...workflow, '--name', 'abort']);
      await until(isCancelled, { what: 'the abort', deadlineMs: 30_000 });
      throw new Error('the cluster is gone');
    },
  });
  expect(ended).toMatchObject({ status: 'COMPLETED', result: { outcome: 'ABORTED' } });
}, 60_000);

test('P29: given up while the last resort waits for its next attempt: JobDown, and the id that may be live is named', async () => {
  const failed = { failures: [{ n: 1, cause: 'no slots' }], next: 2 };
  let revivals = 0;
  const ended = rescaleWith({
    ...smooth(),
    restart: () => {
      throw ApplicationFailure.nonRetryable('no slots', 'NoMoreTries', { ...noTries, ...failed });
    },
    revive: () => {
      revivals += 1;
      throw ApplicationFailure.create({ message: 'its worker shuts down', nextRetryDelay: '1 hour' });
    },
  });
  await until(() => revivals > 0, { what: 'the last resort', deadlineMs: 30_000 });
  const said = await temporal.cli([
    ...['workflow', 'signal', '--workflow-id', 'rescale/local/orders', '--name', 'giveUp'],
  ]);
  expect(said.code).toBe(0);
  expect(await ended).toMatchObject({ status: 'FAILED', type: 'JobDown' });
  const id = /it is not known whether ([0-9a-f]{32}) still runs/;
  expect(await ended).toMatchObject({ message: expect.stringMatching(id) });
  expect(revivals).toBe(1);
}, 60_000);
