import { until } from '../../src/dev/until';
import type { FlinkSimulator, SimulatedJob } from '../flink-simulator';
import { endOf } from '../kit/rescale';
import { useSimulated, type Simulated } from '../kit/simulated';
import { begin, expectRolledBack, submitsOf } from '../kit/starts';
import { liveJobs, nextOf, says, stopsOf, succeeded, untilPhase } from '../kit/watch';

/** The new job does not get the slots that PLANNING saw free: another job took them in the stopped window. */
const flink = { taskManagers: 1, slots: 4 };
const timeouts = { restart: 1_500 };
const soon = { deadlineMs: 30_000, pollMs: 20 };

/** When the job's savepoint is complete, somebody else's job asks for slots; it gets those that are free, then more. */
async function robbed({ flink }: Simulated, job: string, slots: number): Promise<SimulatedJob> {
  await nextOf(flink, 'SAVEPOINT', job);
  return flink.startJob({ name: `robber of ${job}`, parallelism: slots });
}

function keepsPromises(flink: FlinkSimulator): void {
  flink.neverTwoCopies();
  expect(flink.stateLost()).toEqual([]);
}

/** How often the jobs of that name have failed over. */
function failovers(flink: FlinkSimulator, name: string): number {
  return flink.effects.filter((effect) => effect.kind === 'FAILED_OVER' && effect.name === name).length;
}

describe('the default scheduler: the restart loop', () => {
  const place = useSimulated('slots', {
    jobs: ['loops', 'late-slots', 'all-gone'],
    flink: { ...flink, scheduling: { slotRequestMs: 0 } },
  });
  afterEach(() => {
    keepsPromises(place().flink);
    for (const name of ['loops', 'late-slots', 'all-gone'])
      for (const job of [...place().flink.live(name), ...place().flink.live(`robber of ${name}`)])
        job.cancel();
  });

  test('it restarts again and again until the `restart` deadline: rolled back to the old parallelism', async () => {
    const { workflowId, savepoint } = await begin(place(), 'loops', { timeouts });
    await robbed(place(), 'loops', 1);
    await expectRolledBack(place(), 'loops', workflowId, await savepoint, 'not ready within 1500 ms');
    expect(failovers(place().flink, 'loops')).toBeGreaterThan(1);
    expect(submitsOf(place(), 'loops').map(({ parallelism }) => parallelism)).toEqual([4, 2]);
    expect(place().flink.data('loops')).toMatchObject({ lost: 0, countedTwice: 0, forgotten: 0 });
  }, 60_000);

  test('slots come before the deadline: the same job runs, nothing was submitted anew', async () => {
    const { workflowId } = await begin(place(), 'late-slots');
    const robber = await robbed(place(), 'late-slots', 1);
    await until(() => failovers(place().flink, 'late-slots') > 2, { what: 'the restart loop', ...soon });
    robber.cancel();
    expect(succeeded(await endOf(place(), workflowId)).outcome).toBe('RESCALED');
    expect(submitsOf(place(), 'late-slots')).toHaveLength(1);
  }, 60_000);

  test('no slot is left for the roll-back either: ATTENTION, and it goes on once there are some', async () => {
    const { workflowId, savepoint } = await begin(place(), 'all-gone', { timeouts });
    const robber = await robbed(place(), 'all-gone', 4);
    const { snapshot } = await untilPhase(place(), workflowId, 'ATTENTION');
    expect(snapshot?.path).toBe(await savepoint);
    robber.cancel();
    await expectRolledBack(place(), 'all-gone', workflowId, await savepoint, 'not ready within 1500 ms');
  }, 60_000);
});

describe('the adaptive scheduler: what there are slots for', () => {
  const place = useSimulated('adaptive', {
    jobs: ['lower', 'none'],
    flink: {
      ...flink,
      scheduling: { kind: 'ADAPTIVE', stabilizationMs: 300, resourceWaitMs: 500, cooldownMs: 200 },
    },
  });
  afterEach(() => {
    keepsPromises(place().flink);
    for (const name of ['lower', 'none'])
      for (const job of [...place().flink.live(name), ...place().flink.live(`robber of ${name}`)])
        job.cancel();
  });

  test('P23: it comes up lower: success that says so, and Flink scales it up when slots come', async () => {
    const { workflowId } = await begin(place(), 'lower');
    const robber = await robbed(place(), 'lower', 1);
    const { outcome, warnings, to } = succeeded(await endOf(place(), workflowId));
    expect([outcome, to?.parallelism]).toEqual(['RESCALED', 4]);
    expect(warnings.join()).toContain('runs at 3 of 4');
    const scaledUp = nextOf(place().flink, 'RUNNING', 'lower');
    robber.cancel();
    await scaledUp;
    expect(place().flink.job(to?.jobId ?? '').vertices).toMatchObject([
      { parallelism: 4 },
      { parallelism: 4 },
    ]);
    expect(place().flink.data('lower')).toMatchObject({ lost: 0, countedTwice: 0, forgotten: 0 });
  }, 60_000);

  test('it gets no slot at all: FAILED without a cause, each time; ATTENTION, and rolled back once there are some', async () => {
    const { workflowId, savepoint } = await begin(place(), 'none');
    const robber = await robbed(place(), 'none', 4);
    await untilPhase(place(), workflowId, 'ATTENTION');
    expect(liveJobs(place().flink, 'none').filter(({ state }) => state === 'RUNNING')).toEqual([]);
    robber.cancel();
    await expectRolledBack(place(), 'none', workflowId, await savepoint, 'gives no cause');
  }, 60_000);
});

describe('a JobManager with HA that is lost: 503 until a leader is elected', () => {
  const place = useSimulated('election', { jobs: ['stopped', 'saving'] });
  const election = { ha: true, electionMs: 2_000, startingMs: 300 };
  afterEach(() => keepsPromises(place().flink));

  test('P2: after the stop: the submit is held back until there is one, and costs no try', async () => {
    const { flink } = place();
    const submit = flink.hold('POST /jars/:id/run', 'BEFORE', { times: 1 });
    const { workflowId } = await begin(place(), 'stopped', { maxJobCreationAttempts: 1 });
    await submit.arrived;
    await flink.loseJobManager(election);
    expect(succeeded(await endOf(place(), workflowId)).outcome).toBe('RESCALED');
    const outcomes = flink.calls.filter(({ verb }) => verb === 'RUN').map(({ outcome }) => outcome);
    expect(outcomes.filter((outcome) => outcome !== 'NOT_EXECUTED')).toHaveLength(1);
  }, 60_000);

  test('in the middle of the stop, which it forgets: SavepointFailed once there is one, and the job RUNs as it did', async () => {
    const { flink } = place();
    flink.script({ job: 'saving', stops: [{ kind: 'TAKES', ms: 60_000 }] });
    const { workflowId, oldId } = await begin(place(), 'saving');
    await until(() => stopsOf(flink, oldId) > 0, { what: 'the stop', ...soon });
    await flink.loseJobManager(election);
    const ended = await endOf(place(), workflowId);
    expect(ended).toMatchObject({ status: 'FAILED', type: 'SavepointFailed' });
    says(ended, 'the JobManager forgot the stop', `(${oldId}) is RUNNING at parallelism 2`);
    expect(liveJobs(flink, 'saving')).toMatchObject([{ id: oldId, parallelism: 2, state: 'RUNNING' }]);
    expect(submitsOf(place(), 'saving')).toEqual([]);
  }, 60_000);
});
