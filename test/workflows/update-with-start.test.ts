import { startCommandFor } from '../../src/planning/start-command';
import { rescaleWorkflowId } from '../../src/planning/ids';
import { documents, textOf } from '../kit/documents';
import { endOf } from '../kit/rescale';
import { useSimulated } from '../kit/simulated';
import { liveJobs, succeeded } from '../kit/watch';

/**
 * A start and an update in one command. Weir does not tell people of it: Temporal starts the workflow also where it
 * rejects the update. Whoever finds it all the same gets a rescale like every other.
 */
const cases = [
  { job: 'rejected', update: { parallelism: 'six' }, code: 1, parallelism: 4 },
  { job: 'accepted', update: { parallelism: 3 }, code: 0, parallelism: 3 },
] as const;

const place = useSimulated('update-with-start', { jobs: cases.map(({ job }) => job) });

test('P31: no document and no message tells of execute-update-with-start', () => {
  const printed = startCommandFor({ workflowId: 'rescale/local/orders', taskQueue: 'weir', input: {} });
  for (const text of [...documents.map(textOf), printed])
    expect(text).not.toContain('execute-update-with-start');
});

test.each(cases)(
  'P31: a retarget that is $job with its start: the rescale is started, and ends at $parallelism',
  async ({ job, update, code, parallelism }) => {
    const { flink, taskQueue } = place();
    flink.startJob({ name: job, parallelism: 2 });
    const workflowId = rescaleWorkflowId('local', job);
    const answered = await place().cli([
      ...['workflow', 'execute-update-with-start', '--id-conflict-policy', 'Fail'],
      ...['--workflow-id', workflowId, '--type', 'rescale', '--task-queue', taskQueue],
      ...['--input', JSON.stringify({ job, parallelism: 4 })],
      ...['--update-name', 'retarget', '--update-input', JSON.stringify(update)],
    ]);
    expect({ code: answered.code, stderr: answered.stderr }).toMatchObject({ code });

    expect(succeeded(await endOf(place(), workflowId))).toMatchObject({
      outcome: 'RESCALED',
      to: { parallelism },
    });
    flink.neverTwoCopies();
    expect(liveJobs(flink, job)).toMatchObject([{ parallelism, state: 'RUNNING' }]);
  },
  60_000,
);
