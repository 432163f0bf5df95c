import { until } from '../../src/dev/until';
import { slug } from '../kit/calls';
import type { MutatingCall } from '../kit/calls';
import { begin, expectEnd } from '../kit/course-run';
import type { CourseRun } from '../kit/course-run';
import { lostAttempts } from '../kit/attempts';
import { cases, heldAt, letGo } from '../kit/moments';
import type { Moment } from '../kit/moments';
import { useSimulated } from '../kit/simulated';
import type { Hold } from '../flink-simulator';

/**
 * A worker that is killed (SIGKILL) around each call that changes something. All cases are held at their call at the
 * same time, each on a Flink of its own, and one kill hits them all.
 */

const modes = [
  { mode: 'second', title: 'a second worker is alive' },
  { mode: 'restarted', title: 'the worker is started again' },
] as const;

type Mode = (typeof modes)[number]['mode'];

const clusterOf = (mode: Mode, { name }: MutatingCall, moment: Moment) =>
  `${mode}-${slug(name)}-${moment.toLowerCase()}`;

const place = useSimulated('crash', {
  clusters: modes.flatMap(({ mode }) => cases.map(({ call, moment }) => clusterOf(mode, call, moment))),
});

interface Hit {
  readonly run: CourseRun;
  /** What the worker was waiting for when it died. */
  readonly held: Hold;
  readonly waitingAtTheKill: number;
}

describe.each(modes)('killed, and $title', ({ mode }) => {
  const hits = new Map<string, Hit>();

  beforeAll(async () => {
    const worker = place().workers.findLast(({ running }) => running);
    if (worker === undefined) throw new Error('no worker runs');
    const arranged = await Promise.all(
      cases.map(async ({ call, moment }) => {
        const cluster = clusterOf(mode, call, moment);
        const run = await begin(place(), cluster, call.course, (flink) => heldAt(flink, call, moment));
        return { cluster, run, moment, held: run.first };
      }),
    );
    const reached = await Promise.all(arranged.map(async (one) => ({ ...one, held: await one.held })));

    if (mode === 'second') await place().addWorker();
    const waiting = reached.map(({ held }) => held.waiting);
    await worker.kill();
    await until(() => reached.every(({ held }) => held.waiting === 0), {
      ...{ what: 'the connections of the killed worker to break', deadlineMs: 10_000 },
    });
    for (const { moment, held } of reached) letGo(held, moment);
    if (mode === 'restarted') await worker.start();
    reached.forEach(({ cluster, run, held }, i) =>
      hits.set(cluster, { run, held, waitingAtTheKill: waiting[i] ?? 0 }),
    );
  }, 180_000);

  test.each(cases)(
    'P1, P2: $call.name, $title',
    async ({ call, moment }) => {
      const hit = hits.get(clusterOf(mode, call, moment));
      if (hit === undefined) throw new Error('the case was not reached');
      const { run, held } = hit;
      // the call, or the read after its answer, had been received, and the worker still waited
      expect(hit.waitingAtTheKill).toBeGreaterThan(0);

      const history = await expectEnd(place(), run);
      // exactly one attempt was lost, of the activity that sends this call
      expect(lostAttempts(history)).toEqual([
        { activity: call.activity, attempt: 1, why: 'TIMEOUT_TYPE_HEARTBEAT' },
      ]);

      if (moment !== 'LATE') return;
      held.release();
      await expectEnd(place(), run);
      expect(run.flink.calls.filter((late) => late.outcome === 'NOT_EXECUTED')).toEqual([]);
    },
    60_000,
  );
});
