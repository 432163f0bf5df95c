import { lostAttempts } from '../kit/attempts';
import { slug } from '../kit/calls';
import type { MutatingCall } from '../kit/calls';
import { begin, expectEnd } from '../kit/course-run';
import type { CourseRun } from '../kit/course-run';
import { cases, heldAt, letGo } from '../kit/moments';
import type { Moment } from '../kit/moments';
import { useSimulated } from '../kit/simulated';
import type { Hold } from '../flink-simulator';

/**
 * A worker that hangs (SIGSTOP) around each call that changes something, is taken for dead, and goes on when its
 * follower has brought everything to its end: as if nothing had happened, with what it believed then.
 */
const clusterOf = ({ name }: MutatingCall, moment: Moment) => `${slug(name)}-${moment.toLowerCase()}`;
const place = useSimulated('stalled-worker', {
  clusters: cases.map(({ call, moment }) => clusterOf(call, moment)),
});

const runs = new Map<string, { readonly run: CourseRun; readonly held: Hold }>();
function reached(call: MutatingCall, moment: Moment) {
  const found = runs.get(clusterOf(call, moment));
  if (found === undefined) throw new Error('the case was not reached');
  return found;
}

beforeAll(async () => {
  const arranged = await Promise.all(
    cases.map(async ({ call, moment }) => {
      const cluster = clusterOf(call, moment);
      const run = await begin(place(), cluster, call.course, (flink) => heldAt(flink, call, moment));
      return { cluster, run, moment, held: run.first };
    }),
  );
  for (const { cluster, run, held } of arranged) runs.set(cluster, { run, held: await held });
  const { worker } = place();
  await place().addWorker();
  worker.pause();
  for (const { call, moment } of cases) {
    const { held } = reached(call, moment);
    expect(held.waiting).toBeGreaterThan(0);
    letGo(held, moment);
  }
}, 180_000);

test.each(cases)(
  'P1: it hangs: $call.name, $title: its follower ends the work',
  async ({ call, moment }) => {
    const { run } = reached(call, moment);
    const lost = lostAttempts(await expectEnd(place(), run));
    // what Temporal hands to the one that hangs is lost as well, so that there may be more
    expect(lost[0]).toMatchObject({ activity: call.activity, why: 'TIMEOUT_TYPE_HEARTBEAT' });
  },
  60_000,
);

test('P1: it goes on when everything is over, and changes nothing', async () => {
  const { worker } = place();
  const before = cases.map(({ call, moment }) => reached(call, moment).run.flink.effects.length);
  for (const { call, moment } of cases) if (moment === 'LATE') reached(call, moment).held.release();
  worker.resume();
  // it ends only once all that it had begun is over
  await worker.stop(30_000);
  expect(await worker.current.exited).toEqual({ code: 0, signal: null });
  expect(cases.map(({ call, moment }) => reached(call, moment).run.flink.effects.length)).toEqual(before);
  for (const { call, moment } of cases) await expectEnd(place(), reached(call, moment).run);
}, 120_000);
