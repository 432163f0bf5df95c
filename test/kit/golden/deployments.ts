import { Deployed } from '../deployed';
import type { Simulated } from '../simulated';
import { rescaled, running } from './acts';
import { refused, type GoldenCase } from './case';

const created = 'TRANSITIONING CANCELLED TRANSITIONING RUNNING';
const again = 'TRANSITIONING RUNNING';

/** A deployment that runs at 2. Nothing of it ends with its case: what is recorded is where it rests. */
async function deployed(place: Simulated, job: string, spec: object = {}): Promise<Deployed> {
  const one = new Deployed(place, job);
  await one.create(spec, 2, `${job}.jar`);
  await one.untilRuns(2);
  return one;
}

async function scaled(one: Deployed, parallelism: number): Promise<void> {
  await one.say('scale', { parallelism });
  await one.untilRuns(parallelism);
}

async function runIdOf(place: Simulated, { workflowId }: Deployed): Promise<string> {
  return (await place.client.workflow.getHandle(workflowId).describe()).runId;
}

/** Edits it until its history is so long that another run takes over. Returns the ids of both. */
async function continued(place: Simulated, job: string): Promise<{ first: string; second: string }> {
  const one = await deployed(place, job);
  await scaled(one, 4);
  const first = await runIdOf(place, one);
  let second = first;
  for (let n = 1; second === first; n++) {
    await one.say('patch', { patch: { metadata: { labels: { edit: String(n) } } } });
    second = await runIdOf(place, one);
  }
  await scaled(one, 3);
  return { first, second };
}

/** What a deployment's own workflow goes through: it lives as long as the job, so every upgrade of Weir meets some. */
export const deployments: readonly GoldenCase[] = [
  {
    name: 'deployment-scaled',
    of: 'DEPLOYMENT',
    path: `${created} ${again}`,
    run: async (place, job) => scaled(await deployed(place, job), 4),
  },
  {
    name: 'deployment-suspended-and-resumed',
    of: 'DEPLOYMENT',
    path: `${created} TRANSITIONING SUSPENDED ${again}`,
    run: async (place, job) => {
      const one = await deployed(place, job);
      await one.say('suspend');
      await one.untilIs('SUSPENDED');
      await one.say('resume');
      await one.untilRuns(2);
    },
  },
  {
    name: 'deployment-saved',
    of: 'DEPLOYMENT',
    path: created,
    run: async (place, job) => {
      const one = await deployed(place, job);
      await one.signal('savepoint');
      const taken = async () => (await one.savepoints()).some(({ origin }) => origin === 'USER_REQUEST');
      await one.until('its savepoint', ({ transition }) => transition?.transition === 'SAVEPOINT');
      await one.until('the end of it', ({ transition }) => transition === undefined);
      if (!(await taken())) throw new Error(`${job} has no savepoint`);
    },
  },
  {
    name: 'deployment-rolled-back',
    of: 'DEPLOYMENT',
    path: `${created} ${again} ${again}`,
    run: async (place, job) => {
      const one = await deployed(place, job);
      await scaled(one, 4);
      await one.say('rollback', { to: 1 });
      await one.untilRuns(2);
    },
  },
  {
    name: 'deployment-transition-failed',
    of: 'DEPLOYMENT',
    path: `${created} ${again}`,
    run: async (place, job) => {
      const one = await deployed(place, job, { maxSavepointCreationAttempts: 1 });
      place.flink.script({ job, stops: [refused] });
      await one.say('scale', { parallelism: 4 });
      await one.until('the failure', ({ conditions }) =>
        conditions.some(({ type, reason }) => type === 'SpecAligned' && reason === 'TransitionFailed'),
      );
    },
  },
  {
    name: 'deployment-edited-during-a-transition',
    of: 'DEPLOYMENT',
    path: `${created} ${again} ${again}`,
    run: async (place, job) => {
      const one = await deployed(place, job);
      const { job: old } = await one.untilRuns(2);
      const stop = place.flink.hold(`POST /jobs/${old?.jobId}/stop`, 'BEFORE');
      const template = { spec: { parallelism: 3 } };
      await one.say('patch', { patch: { spec: { maxJobCreationAttempts: 2, template } } });
      await stop.arrived;
      // both are sent to the rescale, which has sent its stop already
      for (const parallelism of [5, 6]) await one.say('scale', { parallelism });
      stop.release();
      await one.untilRuns(6);
    },
  },
  {
    name: 'deployment-adopted',
    of: 'DEPLOYMENT',
    path: `TRANSITIONING RUNNING ${again}`,
    run: async (place, job) => {
      await running(place, job);
      await new Deployed(place, job).create({}, 4, `${job}.jar`).then((one) => one.untilRuns(4));
    },
  },
  {
    name: 'deployment-recovered',
    of: 'DEPLOYMENT',
    path: `${created} ${again}`,
    run: async (place, job) => {
      const one = await deployed(place, job);
      const { job: lost } = await one.untilRuns(2);
      place.flink.job(lost?.jobId ?? '').fail();
      await one.until(
        'another job',
        (status) => status.job !== undefined && status.job.jobId !== lost?.jobId,
      );
      await one.untilRuns(2);
    },
  },
  {
    name: 'deployment-recovered-after-a-pause',
    of: 'DEPLOYMENT',
    path: `${created} TRANSITIONING FAILED ${again}`,
    run: async (place, job) => {
      const one = await deployed(place, job);
      const { job: lost } = await one.untilRuns(2);
      place.flink.script({ job, starts: [{ kind: 'FAILS' }] });
      await one.say('patch', { patch: { spec: { maxJobCreationAttempts: 1 } } });
      place.flink.job(lost?.jobId ?? '').fail();
      await one.until(
        'another job',
        (status) => status.job !== undefined && status.job.jobId !== lost?.jobId,
      );
      await one.untilRuns(2);
    },
  },
  {
    name: 'deployment-waits-for-the-lock',
    of: 'DEPLOYMENT',
    path: `${created} ${again}`,
    run: async (place, job) => {
      const one = await deployed(place, job);
      place.flink.script({ job, stops: [{ kind: 'TAKES', ms: 3_000 }] });
      await rescaled(place, job, { parallelism: 5 }, async () => {
        await one.say('scale', { parallelism: 3 });
        await one.until('the lock', ({ conditions }) =>
          conditions.some(({ type, status }) => type === 'WaitingForLock' && status),
        );
      });
      await one.untilRuns(3);
    },
  },
  {
    name: 'deployment-cancelled-and-deleted',
    of: 'DEPLOYMENT',
    path: `${created} TRANSITIONING CANCELLED DELETED`,
    run: async (place, job) => {
      const one = await deployed(place, job);
      await one.say('cancel');
      await one.untilIs('CANCELLED');
      await one.say('delete');
      await place.client.workflow.getHandle(one.workflowId).result();
    },
  },
  {
    name: 'deployment-refused',
    of: 'DEPLOYMENT',
    path: 'InvalidRequest',
    run: async (place, job) => {
      const { workflowId } = await new Deployed(place, job).create({ sate: 'RUNNING' });
      await place.client.workflow
        .getHandle(workflowId)
        .result()
        .catch(() => undefined);
    },
  },
  {
    name: 'deployment-continued-as-new',
    of: 'DEPLOYMENT',
    path: `${created} ${again} CONTINUED_AS_NEW`,
    run: async (place, job) => (await continued(place, job)).first,
  },
  {
    name: 'deployment-carried-on',
    of: 'DEPLOYMENT',
    path: `RUNNING ${again}`,
    run: async (place, job) => (await continued(place, job)).second,
  },
];
