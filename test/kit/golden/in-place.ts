import type { RescaleInput } from '../../../src/contracts/rescale';
import { until } from '../../../src/dev/until';
import { rescaleWorkflowId } from '../../../src/planning/ids';
import type { SimulatedJob } from '../../flink-simulator';
import { deafen } from '../deaf';
import { endOf, startRescale } from '../rescale';
import type { Simulated } from '../simulated';
import type { GoldenCase } from './case';

/** The cluster with the adaptive scheduler. */
export const adaptive = 'adaptive';

const deadlineMs = 60_000;
const started = 'PLANNING ADJUSTING';
const impatient = { timeouts: { restart: 1_500 } };

/** A rescale from 2 to 4 in place, and what is to happen once Flink has been asked. */
async function inPlace(
  place: Simulated,
  name: string,
  { input = {}, deaf = true }: { readonly input?: Partial<RescaleInput>; readonly deaf?: boolean } = {},
  meanwhile?: (job: SimulatedJob) => Promise<unknown> | void,
): Promise<void> {
  const flink = place.flinkOf(adaptive);
  const job = flink.startJob({ name, parallelism: 2 });
  await until(() => job.checkpoints.count('COMPLETED') > 0, { what: 'a first checkpoint', deadlineMs });
  if (deaf) deafen(flink, job);
  const workflowId = await startRescale(place, {
    ...{ cluster: adaptive, job: name, parallelism: 4, mechanism: 'IN_PLACE', ...input },
  });
  if (meanwhile !== undefined) {
    const asked = () => flink.calls.some((call) => call.verb === 'REQUIRE' && call.jobId === job.id);
    await until(asked, { what: 'the request', deadlineMs });
    await meanwhile(job);
  }
  await endOf(place, workflowId);
}

/** Rescales that do not end the job. */
export const inPlaceCases: readonly GoldenCase[] = [
  {
    name: 'rescaled-in-place',
    path: `${started} VERIFYING RESCALED`,
    cluster: adaptive,
    run: (place, job) => inPlace(place, job, { deaf: false }),
  },
  {
    name: 'chosen-in-place',
    path: `${started} VERIFYING RESCALED`,
    cluster: adaptive,
    run: (place, job) => inPlace(place, job, { input: { mechanism: 'AUTO' }, deaf: false }),
  },
  {
    name: 'chosen-restart',
    path: 'PLANNING SAVEPOINTING STOPPING RESTARTING VERIFYING RESCALED',
    cluster: adaptive,
    run: (place, job) =>
      inPlace(place, job, {
        input: { mechanism: 'AUTO', restoreStrategy: 'LATEST_SAVEPOINT' },
        deaf: false,
      }),
  },
  {
    name: 'attention-adjusting',
    path: `${started} ATTENTION ROLLING_BACK NotReached`,
    cluster: adaptive,
    run: (place, job) =>
      inPlace(place, job, { input: { timeouts: { restart: 1_500, attention: 500 } } }, ({ id }) => {
        const on = `GET /jobs/${id}/resource-requirements`;
        place.flinkOf(adaptive).fault({ on, kind: 'STATUS', status: 503, times: 12 });
      }),
  },
  {
    name: 'not-reached-and-kept',
    path: `${started} NotReached`,
    cluster: adaptive,
    run: (place, job) => inPlace(place, job, { input: { ...impatient, ifNotReached: 'KEEP' } }),
  },
  {
    name: 'not-reached-and-put-back',
    path: `${started} ROLLING_BACK NotReached`,
    cluster: adaptive,
    run: (place, job) => inPlace(place, job, { input: impatient }),
  },
  {
    name: 'restarted-since-not-reached',
    path: `${started} ROLLING_BACK PLANNING SAVEPOINTING STOPPING RESTARTING VERIFYING RESCALED`,
    cluster: adaptive,
    run: (place, job) => inPlace(place, job, { input: { ...impatient, ifNotReached: 'RESTART' } }),
  },
  {
    name: 'aborted-in-place',
    path: `${started} ROLLING_BACK ABORTED`,
    cluster: adaptive,
    run: (place, job) =>
      inPlace(place, job, {}, async () => {
        const workflowId = rescaleWorkflowId(adaptive, job);
        await place.cli(['workflow', 'signal', '--workflow-id', workflowId, '--name', 'abort']);
      }),
  },
  {
    name: 'canceled-in-place',
    path: `${started} CanceledByOther`,
    cluster: adaptive,
    run: (place, name) => inPlace(place, name, {}, (job) => job.cancel()),
  },
  {
    name: 'finished-in-place',
    path: `${started} JobFinished`,
    cluster: adaptive,
    run: (place, name) => inPlace(place, name, {}, (job) => job.finish()),
  },
  {
    name: 'failed-in-place',
    path: `${started} ROLLING_BACK RolledBack`,
    cluster: adaptive,
    run: (place, name) => inPlace(place, name, {}, (job) => job.fail()),
  },
];
