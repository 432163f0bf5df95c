import { watch } from '../../src/activities/watch';
import { useRig } from '../kit/rig';
import type { Rig } from '../kit/rig';

const rigOf = useRig();

/** Begins to watch, and waits until it has seen the jobs. */
async function begun(rig: Rig, ...jobIds: readonly string[]) {
  const looks = rig.counting('GET /jobs/overview');
  const running = rig.begin(() => watch(rig.cluster, { cluster: 'local', job: 'orders', jobIds }));
  await rig.until(() => looks() > 1, 'it to watch');
  return running;
}

test('a job that is cancelled by somebody is noticed', async () => {
  const rig = await rigOf();
  const job = await rig.job();
  const watching = await begun(rig, job.id);
  await rig.onItsOwn(() => rig.cluster.flink.cancel(job.id));
  expect(await watching.end).toMatchObject({ why: `job ${job.id} does not run any more` });
});

test('a job of the same name that somebody starts is noticed', async () => {
  const rig = await rigOf();
  const watching = await begun(rig);
  const { id } = await rig.job();
  expect(await watching.end).toEqual({ why: `job ${id} of the same name runs` });
});
