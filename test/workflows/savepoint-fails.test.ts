import { endOf, rescale, startRescale } from '../kit/rescale';
import { useSimulated } from '../kit/simulated';

/** Table 3.1 of the design: what is true after the last try of a savepoint, and what happens then. */
const names = ['left-alone', 'restarts'];
const place = useSimulated('savepoint-fails', { jobs: names, flink: { slots: 50 } });

afterEach(() => place().flink.neverTwoCopies());

test('the job is RUNNING and every stop was answered with a failure: SavepointFailed, the job left alone', async () => {
  const { flink } = place();
  const { id } = flink.startJob({ name: 'left-alone', parallelism: 2 });
  flink.script({
    job: 'left-alone',
    stops: [1, 2, 3].map(() => ({ kind: 'FAILS', cause: 'disk' }) as never),
  });
  const ended = await rescale(place(), {
    job: 'left-alone',
    parallelism: 4,
    maxSavepointCreationAttempts: 3,
  });
  console.log(ended);
  expect(ended).toMatchObject({ status: 'FAILED', type: 'SavepointFailed' });
  expect(flink.live('left-alone')).toMatchObject([{ id }]);
  void endOf;
  void startRescale;
});
