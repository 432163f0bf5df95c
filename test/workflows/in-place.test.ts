import type { RescaleInput } from '../../src/contracts/rescale';
import { until } from '../../src/dev/until';
import type { SimulatedJob } from '../flink-simulator';
import { deafen } from '../kit/deaf';
import { callsOf, runningJob, untilCalled } from '../kit/jobs';
import { endOf, startRescale } from '../kit/rescale';
import type { Ended } from '../kit/rescale';
import { useSimulated } from '../kit/simulated';
import { liveJobs, says, statusOf, succeeded, untilPhase, update } from '../kit/watch';

/** Rescales in place, on a simulated cluster with the adaptive scheduler. */
const jobs = [
  ...[
    'up-and-down',
    'put-back',
    'keep',
    'restart',
    'no-restart',
    'abort',
    'retarget',
    'lost-put',
    'overruled',
  ],
  ...['fails', 'canceled', 'killed', 'planned', 'unchanged', 'nothing-sent', 'auto', 'auto-restarted'],
  ...['silent', 'unconfirmed'],
];
const place = useSimulated('in-place', {
  jobs,
  flink: {
    ...{ taskManagers: 20, slots: 4, checkpointing: { intervalMs: 60_000 } },
    scheduling: { kind: 'ADAPTIVE', cooldownMs: 0, partMs: 60_000, stabilizationMs: 200 },
  },
});

const begun = async (job: string, input: Partial<RescaleInput> = {}) => {
  const { flink } = place();
  const running = await runningJob(flink, job);
  const workflowId = await startRescale(place(), { job, parallelism: 4, mechanism: 'IN_PLACE', ...input });
  return { job: running, workflowId };
};
const upper = ({ bounds }: SimulatedJob) => [...(bounds?.now.values() ?? [])].map((one) => one.upper).join();
const shape = ({ vertices }: SimulatedJob) => vertices.map(({ parallelism }) => parallelism).join();
const exact = { lost: 0, countedTwice: 0, forgotten: 0 };

const deaf = (job: SimulatedJob) => deafen(place().flink, job);
const soon = { timeouts: { restart: 1_500 } };

function notReached(ended: Ended, ...texts: readonly string[]): void {
  expect(ended).toMatchObject({ status: 'FAILED', type: 'NotReached' });
  says(ended, ...texts);
}

test('a job goes from 2 to 4 and to 3, keeps its id, and the result says by which mechanism and how long it was down', async () => {
  const { job, workflowId } = await begun('up-and-down');
  const up = succeeded(await endOf(place(), workflowId));
  expect(up).toMatchObject({
    ...{ outcome: 'RESCALED', mechanism: 'IN_PLACE', warnings: [] },
    ...{ from: { jobId: job.id, parallelism: 2 }, to: { jobId: job.id, parallelism: 4 } },
    snapshot: { kind: 'CHECKPOINT', jobId: job.id },
  });
  const { total, stop, submit, restore } = up.downtimeMs ?? { total: 0, stop: 1, submit: 1, restore: 1 };
  expect(total).toBe(stop + submit + restore);
  expect(total).toBeGreaterThan(0);

  const input = { job: 'up-and-down', parallelism: 3, mechanism: 'IN_PLACE' } as const;
  const down = succeeded(await endOf(place(), await startRescale(place(), input)));
  expect(down).toMatchObject({ from: { parallelism: 4 }, to: { jobId: job.id, parallelism: 3 } });
  expect(shape(job)).toBe('3,3');
  expect(callsOf(place().flink, 'SAVEPOINT', job.id)).toEqual([]);
  expect(callsOf(place().flink, 'REQUIRE', job.id)).toHaveLength(2);

  // the next one sees what it is, whatever it was submitted with
  const restarted = await endOf(place(), await startRescale(place(), { job: 'up-and-down', parallelism: 5 }));
  expect(succeeded(restarted)).toMatchObject({
    mechanism: 'RESTART',
    from: { parallelism: 3 },
    to: { parallelism: 5 },
  });
  expect(place().flink.data('up-and-down')).toMatchObject(exact);
}, 60_000);

describe('AUTO', () => {
  test('in place where that can be: the result says so, and the run why', async () => {
    const { job, workflowId } = await begun('auto', { mechanism: 'AUTO' });
    expect(succeeded(await endOf(place(), workflowId))).toMatchObject({
      ...{ outcome: 'RESCALED', mechanism: 'IN_PLACE', to: { jobId: job.id, parallelism: 4 } },
    });
    const { why } = await statusOf(place(), workflowId);
    expect(why).toMatch(/^IN_PLACE: the scheduler is adaptive/);
  }, 60_000);

  test('else by a restart: a dry run says why, and it is done so', async () => {
    const input = { mechanism: 'AUTO', restoreStrategy: 'LATEST_SAVEPOINT' } as const;
    const { job, workflowId } = await begun('auto-restarted', { ...input, dryRun: true });
    const { plan, mechanism } = succeeded(await endOf(place(), workflowId));
    expect(mechanism).toBe('RESTART');
    expect(plan?.why).toMatch(/^RESTART: not in place, since "restoreStrategy": "LATEST_SAVEPOINT"/);
    expect(plan?.steps[0]).toMatch(/^stop with CANONICAL savepoint/);
    const again = { job: 'auto-restarted', parallelism: 4, ...input };
    const { from, to, ...rest } = succeeded(await endOf(place(), await startRescale(place(), again)));
    expect(rest).toMatchObject({ outcome: 'RESCALED', mechanism: 'RESTART' });
    expect(from?.jobId).toBe(job.id);
    expect(to?.jobId).not.toBe(job.id);
    expect(place().flink.data('auto-restarted')).toMatchObject({ ...exact, replayed: 0 });

    // what runs is what we have started
    const next = await startRescale(place(), { ...again, parallelism: 2, dryRun: true });
    const planned = succeeded(await endOf(place(), next)).plan;
    expect(planned?.why).toContain('. Savepoint in NATIVE format, since neither the program');
    expect(planned?.steps[0]).toMatch(/^stop with NATIVE savepoint/);
    expect(planned?.commands[0]).toContain('--type native');
  }, 60_000);
});

describe('Flink does not act on it in time', () => {
  test('PUT_BACK: the old bounds stand again', async () => {
    const { flink } = place();
    const job = await runningJob(flink, 'put-back');
    deaf(job);
    const input = { job: 'put-back', parallelism: 4, mechanism: 'IN_PLACE', ...soon } as const;
    const ended = await endOf(place(), await startRescale(place(), input));
    notReached(
      ended,
      'did not come to parallelism 4',
      'not within',
      'is RUNNING at parallelism 2; its old bounds were put back',
    );
    expect([upper(job), shape(job), job.state]).toEqual(['2,2', '2,2', 'RUNNING']);
  }, 60_000);

  test('KEEP: Flink goes on asking, and that is said', async () => {
    const { flink } = place();
    const job = await runningJob(flink, 'keep');
    deaf(job);
    const input = {
      job: 'keep',
      parallelism: 4,
      mechanism: 'IN_PLACE',
      ifNotReached: 'KEEP',
      ...soon,
    } as const;
    const ended = await endOf(place(), await startRescale(place(), input));
    notReached(ended, `(${job.id}) is at parallelism 2; Flink goes on asking for 4`);
    expect([upper(job), shape(job)]).toEqual(['4,4', '2,2']);
  }, 60_000);

  test('RESTART: it is rescaled that way, and a warning says why', async () => {
    const { flink } = place();
    const job = await runningJob(flink, 'restart');
    deaf(job);
    const input = {
      job: 'restart',
      parallelism: 4,
      mechanism: 'IN_PLACE',
      ifNotReached: 'RESTART',
      ...soon,
    } as const;
    const result = succeeded(await endOf(place(), await startRescale(place(), input)));
    expect(result).toMatchObject({ outcome: 'RESCALED', mechanism: 'RESTART', to: { parallelism: 4 } });
    expect(result.warnings.join()).toContain('not reached in place: not within');
    expect(liveJobs(flink, 'restart')).toMatchObject([{ parallelism: 4, state: 'RUNNING' }]);
    expect(flink.data('restart')).toMatchObject(exact);
  }, 60_000);

  test('no checkpoint is complete: nothing was asked for, and the job is left alone', async () => {
    const { flink } = place();
    const job = flink.startJob({ name: 'nothing-sent', parallelism: 2, start: { kind: 'NO_CHECKPOINT' } });
    await until(() => job.tasks === 'RUNNING', { what: 'its tasks to run', deadlineMs: 10_000 });
    const input = { job: 'nothing-sent', parallelism: 4, mechanism: 'IN_PLACE', ...soon } as const;
    const ended = await endOf(place(), await startRescale(place(), input));
    notReached(ended, 'its checkpoint is not complete', 'is RUNNING at parallelism 2, left alone');
    expect(callsOf(flink, 'REQUIRE', job.id)).toEqual([]);
  }, 60_000);
});

test('abort: the old bounds are put back, whatever was sent', async () => {
  const { flink } = place();
  const job = await runningJob(flink, 'abort');
  deaf(job);
  const workflowId = await startRescale(place(), { job: 'abort', parallelism: 4, mechanism: 'IN_PLACE' });
  await untilCalled(flink, 'REQUIRE', job.id);
  expect((await statusOf(place(), workflowId)).phase).toBe('ADJUSTING');
  await update(place(), workflowId, 'abort');
  expect(succeeded(await endOf(place(), workflowId)).outcome).toBe('ABORTED');
  expect([upper(job), shape(job)]).toEqual(['2,2', '2,2']);
}, 60_000);

test('retarget while it is under way: the job goes there', async () => {
  const { flink } = place();
  const job = await runningJob(flink, 'retarget');
  const held = flink.hold(`POST /jobs/${job.id}/checkpoints`, 'BEFORE', { after: 1, times: 1 });
  const workflowId = await startRescale(place(), { job: 'retarget', parallelism: 4, mechanism: 'IN_PLACE' });
  await held.arrived;
  await update(place(), workflowId, 'retarget', { parallelism: 6 });
  held.release();
  const result = succeeded(await endOf(place(), workflowId));
  expect(result).toMatchObject({ from: { parallelism: 2 }, to: { jobId: job.id, parallelism: 6 } });
  expect([upper(job), shape(job)]).toEqual(['6,6', '6,6']);
}, 60_000);

describe('P29: it takes longer than it should', () => {
  test('Flink does not answer: ATTENTION, which asks nothing of anybody; it goes on once Flink does', async () => {
    const { flink } = place();
    const job = await runningJob(flink, 'silent');
    const on = `GET /jobs/${job.id}/resource-requirements`;
    const answers = flink.fault({ on, kind: 'STATUS', status: 503, times: Infinity, after: 1 });
    const workflowId = await startRescale(place(), {
      ...{ job: 'silent', parallelism: 4, mechanism: 'IN_PLACE' },
      timeouts: { restart: 1_000, attention: 500 },
    });
    const { attention, operator } = await untilPhase(place(), workflowId, 'ATTENTION');
    expect(attention).toContain('ADJUSTING takes longer than 1.5 s');
    expect(operator.join()).toMatch(/to abort: .*to go elsewhere: /);
    expect(operator.join()).not.toContain('giveUp');
    await expect(update(place(), workflowId, 'giveUp')).rejects.toMatchObject({
      cause: { message: expect.stringContaining('the job was not ended, and this goes on') as string },
    });
    answers();
    notReached(await endOf(place(), workflowId), 'is RUNNING at parallelism 2');
    expect([upper(job), shape(job)]).toEqual(['2,2', '2,2']);
  }, 60_000);

  test('no checkpoint comes at the new parallelism: `giveUp` waits no longer, and the job stays there', async () => {
    const { flink } = place();
    const job = await runningJob(flink, 'unconfirmed');
    const releasing = flink.hold(`POST /jobs/${job.id}/checkpoints`, 'AFTER', { after: 1, times: 1 });
    const workflowId = await startRescale(place(), {
      ...{ job: 'unconfirmed', parallelism: 4, mechanism: 'IN_PLACE', timeouts: { attention: 500 } },
    });
    await releasing.arrived;
    // that one comes to its end, and none after it
    job.coordinator.hangs = true;
    releasing.release();
    const { attention, operator } = await untilPhase(place(), workflowId, 'ATTENTION');
    expect(attention).toContain('VERIFYING takes longer than 0.5 s');
    expect(operator.join()).toContain('giveUp');
    await update(place(), workflowId, 'giveUp');
    const result = succeeded(await endOf(place(), workflowId));
    expect(result).toMatchObject({ outcome: 'RESCALED', to: { jobId: job.id, parallelism: 4 } });
    expect(result.warnings).toEqual([expect.stringMatching(/^no checkpoint at the new parallelism within/)]);
  }, 60_000);
});

test('P5: the request’s answer is lost: it is looked after, and what stands is not asked for again', async () => {
  const { flink } = place();
  flink.fault({ on: 'PUT /jobs/:id/resource-requirements', kind: 'RESET_AFTER' });
  const { job, workflowId } = await begun('lost-put');
  expect(succeeded(await endOf(place(), workflowId))).toMatchObject({
    outcome: 'RESCALED',
    mechanism: 'IN_PLACE',
  });
  expect(callsOf(flink, 'REQUIRE', job.id)).toHaveLength(1);
}, 60_000);

test('somebody else gives the job other bounds meanwhile: they are left, and it is said', async () => {
  const { flink } = place();
  const job = await runningJob(flink, 'overruled');
  deaf(job);
  const workflowId = await startRescale(place(), { job: 'overruled', parallelism: 4, mechanism: 'IN_PLACE' });
  await untilCalled(flink, 'REQUIRE', job.id);
  job.bounds?.change(new Map(job.vertices.map(({ id }) => [id, { lower: 1, upper: 7 }])));
  notReached(
    await endOf(place(), workflowId),
    'somebody else has asked for it to run at up to 7',
    'Weir left them',
  );
  expect(upper(job)).toBe('7,7');
}, 60_000);

test('the job FAILED meanwhile: it is started again as it was, from its newest state', async () => {
  const { flink } = place();
  const job = await runningJob(flink, 'fails');
  deaf(job);
  const workflowId = await startRescale(place(), { job: 'fails', parallelism: 4, mechanism: 'IN_PLACE' });
  await untilCalled(flink, 'REQUIRE', job.id);
  job.fail();
  const ended = await endOf(place(), workflowId);
  expect(ended).toMatchObject({ status: 'FAILED', type: 'RolledBack' });
  says(ended, 'was FAILED while it was taken to parallelism 4 in place', 'is RUNNING at parallelism 2');
  expect(liveJobs(flink, 'fails')).toMatchObject([{ parallelism: 2, state: 'RUNNING' }]);
  expect(flink.stateLost()).toEqual([]);
}, 60_000);

test('P13: somebody cancels it meanwhile: nothing is started', async () => {
  const { flink } = place();
  const job = await runningJob(flink, 'canceled');
  deaf(job);
  const workflowId = await startRescale(place(), { job: 'canceled', parallelism: 4, mechanism: 'IN_PLACE' });
  await untilCalled(flink, 'REQUIRE', job.id);
  job.cancel();
  expect(await endOf(place(), workflowId)).toMatchObject({ status: 'FAILED', type: 'CanceledByOther' });
  expect(liveJobs(flink, 'canceled')).toEqual([]);
}, 60_000);

test('P1, P2: the worker is killed with the request on its way: the next one finds it', async () => {
  const { flink } = place();
  const job = await runningJob(flink, 'killed');
  const held = flink.hold(`PUT /jobs/${job.id}/resource-requirements`, 'AFTER', { times: 1 });
  const workflowId = await startRescale(place(), { job: 'killed', parallelism: 4, mechanism: 'IN_PLACE' });
  await held.arrived;
  await place().worker.kill();
  await until(() => held.waiting === 0, { what: 'its connections to break', deadlineMs: 10_000 });
  await place().worker.start();
  expect(succeeded(await endOf(place(), workflowId))).toMatchObject({
    outcome: 'RESCALED',
    to: { jobId: job.id },
  });
  expect(callsOf(flink, 'REQUIRE', job.id)).toHaveLength(1);
  expect(flink.data('killed')).toMatchObject(exact);
}, 60_000);

test('a dry run says what would be done; what runs so already is UNCHANGED', async () => {
  const { workflowId, job } = await begun('planned', { dryRun: true });
  const { outcome, mechanism, plan } = succeeded(await endOf(place(), workflowId));
  expect([outcome, mechanism]).toEqual(['PLANNED', 'IN_PLACE']);
  expect(plan?.commands.join('\n')).toContain('-X PUT');
  expect(callsOf(place().flink, 'REQUIRE', job.id)).toEqual([]);
  const same = await begun('unchanged', { parallelism: 2 });
  expect(succeeded(await endOf(place(), same.workflowId))).toMatchObject({ outcome: 'UNCHANGED' });
}, 60_000);

test('P21: never were there two copies', () => {
  place().flink.neverTwoCopies();
});
