import { until } from '../../src/dev/until';
import { Deployed } from '../kit/deployed';
import { startsOf } from '../kit/jobs';
import { useSimulated } from '../kit/simulated';
import { together } from '../kit/together';
import { liveJobs } from '../kit/watch';

/** An entity lives for ever: its runs follow each other after a few events each, and its workers die. */
const place = useSimulated('deployment-lasts', {
  flink: { slots: 64 },
  dynamicConfig: ['limit.historyCount.suggestContinueAsNew=12'],
});

/** How many runs the entity has had. */
async function runsOf({ workflowId }: Deployed): Promise<number> {
  const runs: string[] = [];
  const query = `WorkflowId = "${workflowId}"`;
  for await (const { runId } of place().client.workflow.list({ query })) runs.push(runId);
  return runs.length;
}

/** Temporal lists a run a moment after it began. */
async function untilRuns(one: Deployed, atLeast: number): Promise<void> {
  const what = `${atLeast} runs of ${one.workflowId}`;
  await until(async () => (await runsOf(one)) >= atLeast, { what, deadlineMs: 30_000 });
}

together(
  {
    'what it knows goes from run to run: the resource, the job, the request ids, the catalogue': async () => {
      const one = await new Deployed(place(), 'long').create();
      await one.untilRuns(2);
      const scaled = await one.say('scale', { parallelism: 3, requestId: 'a' });
      await one.untilRuns(3);
      await one.say('savepoint');
      for (const parallelism of [4, 2, 5]) {
        await one.say('scale', { parallelism });
        await one.untilRuns(parallelism);
      }
      await untilRuns(one, 4);
      expect(await one.say('scale', { parallelism: 3, requestId: 'a' })).toEqual(scaled);
      expect((await one.history()).map(({ outcome }) => outcome)).toEqual(Array(5).fill('DONE'));
      expect((await one.savepoints()).map(({ origin }) => origin)).toContain('USER_REQUEST');
      expect(startsOf(place().flink, 'long')).toHaveLength(5);
    },

    'a transition that is under way goes on while the runs of the entity change, and is taken up':
      async () => {
        const { flink } = place();
        const one = await new Deployed(place(), 'slow').create();
        const { job } = await one.untilRuns(2);
        const stop = flink.hold(`POST /jobs/${job?.jobId}/stop`, 'BEFORE');
        await one.say('patch', { patch: { spec: { template: { spec: { parallelism: 3 } } } } });
        await stop.arrived;
        const before = await runsOf(one);
        for (const labels of [{ a: '1' }, { a: '2' }, { a: '3' }, { a: '4' }])
          await one.say('patch', { patch: { metadata: { labels } } });
        stop.release();
        await one.untilRuns(3);
        await untilRuns(one, before + 1);
        expect(startsOf(flink, 'slow')).toHaveLength(2);
        flink.neverTwoCopies();
      },
  },
  120_000,
);

test('a worker that is killed costs nothing: another one goes on where it was', async () => {
  const { flink } = place();
  const one = await new Deployed(place(), 'killed').create();
  const { job } = await one.untilRuns(2);
  const stop = flink.hold(`POST /jobs/${job?.jobId}/stop`, 'AFTER');
  await one.say('scale', { parallelism: 4 });
  await stop.arrived;
  await place().worker.kill();
  stop.drop();
  await place().addWorker();
  await one.untilRuns(4);
  expect(liveJobs(flink, 'killed')).toMatchObject([{ parallelism: 4, state: 'RUNNING' }]);
  expect(startsOf(flink, 'killed')).toHaveLength(2);
  flink.neverTwoCopies();
}, 120_000);
