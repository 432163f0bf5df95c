import type { RescaleInput } from '../../src/contracts/rescale';
import { samePath } from '../../src/planning/paths';
import type { Call } from '../flink-simulator';
import { endOf, startRescale } from './rescale';
import type { Simulated } from './simulated';
import { liveJobs, nextOf, restoredFrom, says } from './watch';

/** What tests of a start that does not come share (table 3.2 of the design). */
export const refused = { kind: 'REFUSED', cause: 'no such class' } as const;

/** Every submit of a job of that name, in order. */
export function submitsOf({ flink }: Simulated, name: string): Call[] {
  const ofName = new Set(
    flink.effects.flatMap((effect) =>
      effect.kind === 'STARTED' && effect.name === name ? [effect.jobId] : [],
    ),
  );
  const prefixes = new Set([...ofName].map((id) => id.slice(0, 16)));
  return flink.calls.filter((call) => call.verb === 'RUN' && prefixes.has(call.jobId?.slice(0, 16) ?? ''));
}

/** Starts a job and its rescale from 2 to 4; both tries of the start fail as the test says. */
export async function begin(
  place: Simulated,
  job: string,
  input: Partial<RescaleInput> = {},
): Promise<{ workflowId: string; savepoint: Promise<string>; oldId: string }> {
  const { flink } = place;
  const runs = nextOf(flink, 'RUNNING', job);
  const { id } = flink.startJob({ name: job, parallelism: 2 });
  await runs;
  const savepoint = nextOf(flink, 'SAVEPOINT', job).then(({ path }) => path);
  const workflowId = await startRescale(place, {
    job,
    parallelism: 4,
    maxJobCreationAttempts: 2,
    ...input,
  });
  return { workflowId, savepoint, oldId: id };
}

export async function expectRolledBack(
  place: Simulated,
  job: string,
  workflowId: string,
  from: string,
  ...texts: string[]
): Promise<void> {
  const ended = await endOf(place, workflowId);
  expect(ended).toMatchObject({ status: 'FAILED', type: 'RolledBack' });
  const live = liveJobs(place.flink, job);
  expect(live).toMatchObject([{ parallelism: 2, state: 'RUNNING' }]);
  says(
    ended,
    `could not be started at parallelism 4`,
    `(${live[0]?.id}) is RUNNING at parallelism 2`,
    ...texts,
  );
  expect(restoredFrom(place.flink, job)).toMatch(/./);
  expect(samePath(restoredFrom(place.flink, job) ?? '', from)).toBe(true);
}
