import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { steeringNames } from '../../src/contracts/rescale';
import type { RescaleResult } from '../../src/contracts/rescale';
import { rescaleWorkflowId } from '../../src/planning/ids';
import type { Act, Case } from '../campaign/case';
import { violations } from '../campaign/invariants';
import { Machine } from '../campaign/machine';
import { run } from '../campaign/run';
import { runningJob } from '../kit/jobs';

/** Many people at once: the same rescale, other targets, aborts, on one job and on many. */
let machine: Machine;
beforeAll(async () => {
  machine = await Machine.start('concurrency');
}, 120_000);
afterAll(() => machine.stop(), 60_000);

test('S5: of fifty starts of one rescale at the same moment one is carried out, the others are refused', async () => {
  const site = await machine.site();
  const { cluster, flink } = site;
  await runningJob(flink, 'orders');
  const start = (parallelism: number) =>
    machine.client.workflow.start('rescale', {
      ...{ workflowId: rescaleWorkflowId(cluster, 'orders'), taskQueue: machine.taskQueue },
      ...{ args: [{ cluster, job: 'orders', parallelism }], workflowIdConflictPolicy: 'FAIL' },
    });
  const starts = await Promise.allSettled(Array.from({ length: 50 }, (_, i) => start(1 + (i % 8))));
  const begun = starts.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const refused = starts.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
  expect(begun).toHaveLength(1);
  for (const reason of refused) expect(reason).toBeInstanceOf(WorkflowExecutionAlreadyStartedError);

  const result = (await begun[0]?.result()) as RescaleResult;
  expect(['RESCALED', 'UNCHANGED']).toContain(result.outcome);
  expect(flink.live('orders')).toHaveLength(1);
  flink.neverTwoCopies();
  expect(flink.stateLost()).toEqual([]);
  await site.close();
}, 60_000);

test('forty targets and forty aborts for one run, while it looks and while it stops: it ends in a safe state', async () => {
  const moments = [
    { call: 'config', nth: 1 },
    { call: 'planJar', nth: 1 },
    { call: 'stop', nth: 1 },
  ] as const;
  const cases = moments.map((when): Case => {
    const retargets = Array.from({ length: 40 }, (_, i): Act => {
      return { when, deed: { kind: 'RETARGET', parallelism: 1 + (i % 8) } };
    });
    const aborts = Array.from({ length: 40 }, (): Act => ({ when, deed: { kind: 'ABORT' } }));
    return {
      input: { parallelism: 4 },
      stops: [{ kind: 'TAKES', ms: 1_000 }],
      acts: [...retargets, ...aborts],
    };
  });
  for (const { record } of await Promise.all(cases.map((one) => run(machine, one)))) {
    expect(violations(record)).toEqual([]);
    expect(record.done).toHaveLength(80);
  }
}, 60_000);

test('sixty clusters at once, each with its rescale, another target and an abort: every one ends in a safe state', async () => {
  const cases = Array.from({ length: 60 }, (_, i): Case => {
    const when = { ms: (i * 37) % 900 };
    const deeds = [
      { kind: 'RETARGET', parallelism: 6 } as const,
      { kind: i % 2 ? 'ABORT' : 'CANCEL' } as const,
    ];
    return { input: { parallelism: 4 }, acts: deeds.map((deed) => ({ when, deed })) };
  });
  const records = (await Promise.all(cases.map((one) => run(machine, one)))).map(({ record }) => record);
  expect(records.map((record) => violations(record)).filter((found) => found.length > 0)).toEqual([]);
}, 120_000);

test('thirty jobs of one cluster at once, a third of them aborted: none is taken for another', async () => {
  const site = await machine.site([], { flink: { taskManagers: 40, slots: 8 } });
  const { cluster, flink } = site;
  const names = Array.from({ length: 30 }, (_, i) => `orders-${i}`);
  for (const name of names) await runningJob(flink, name);
  const ends = await Promise.all(
    names.map(async (name, i) => {
      const artifact = { jar: 'orders.jar', args: ['--name', name] };
      const handle = await machine.client.workflow.start('rescale', {
        ...{ workflowId: rescaleWorkflowId(cluster, name), taskQueue: machine.taskQueue },
        args: [{ cluster, job: name, parallelism: 4, artifact }],
      });
      if (i % 3 === 0) await handle.signal(steeringNames.abort);
      const { outcome } = (await handle.result()) as RescaleResult;
      return { name, outcome, aborted: i % 3 === 0 };
    }),
  );
  for (const { name, outcome, aborted } of ends) {
    if (!aborted) expect(outcome).toBe('RESCALED');
    expect(['RESCALED', 'ABORTED']).toContain(outcome);
    const parallelism = outcome === 'RESCALED' ? 4 : 2;
    expect(flink.live(name)).toMatchObject([{ state: 'RUNNING', options: { parallelism } }]);
  }
  flink.neverTwoCopies();
  expect(flink.stateLost()).toEqual([]);
  await site.close();
}, 120_000);
