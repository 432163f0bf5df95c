import { rescaleWorkflowId, jobIdPrefix, lockKey } from '../../src/planning/ids';
import { held } from '../kit/held';
import { endOf } from '../kit/rescale';
import { useSimulated } from '../kit/simulated';
import { liveJobs } from '../kit/watch';

const place = useSimulated('second-copy', { jobs: ['verified'] });

test('P21: a second copy that is there when VERIFYING begins, known by its id whatever it is called, is ended and told of', async () => {
  const { flink } = place();
  const job = 'verified';
  const { workflowId, release } = await held(place(), 'RESTARTING', job);
  expect(workflowId).toBe(rescaleWorkflowId('local', job));
  const copy = `${jobIdPrefix(lockKey('local', job))}${'f'.repeat(16)}`;
  flink.startJob({ id: copy, name: 'called otherwise', parallelism: 2 });
  const someoneElses = flink.startJob({ name: 'somebody else’s', parallelism: 1 });
  release();

  const ended = await endOf(place(), workflowId);
  expect(ended).toMatchObject({
    result: {
      outcome: 'RESCALED',
      warnings: expect.arrayContaining([
        expect.stringMatching(new RegExp(`a second copy of the job, ${copy}, .* has been cancelled`)),
      ]),
    },
  });
  expect(flink.job(copy).state).toBe('CANCELED');
  expect(someoneElses.ended).toBe(false);
  expect(liveJobs(flink, job)).toMatchObject([{ parallelism: 4, state: 'RUNNING' }]);
}, 60_000);
