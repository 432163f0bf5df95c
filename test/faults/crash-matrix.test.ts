import { until } from '../../src/dev/until';
import { routes } from '../flink-simulator/http/routes';
import type { FlinkSimulator, Hold } from '../flink-simulator';
import {
  beginKill,
  clusterFor,
  clusterOfEach,
  clustersOf,
  executedIn,
  killCourseNames,
  wrongWith,
} from '../kit/kill-courses';
import type { KillCourseName, KillRun } from '../kit/kill-courses';
import { lostIn } from '../kit/lost';
import { heldAt, letGo, moments } from '../kit/moments';
import type { Moment } from '../kit/moments';
import { startSimulated } from '../kit/simulated';
import type { Simulated } from '../kit/simulated';

/**
 * A worker process that is killed (SIGKILL) around every call that changes something, in every course: the calls are
 * those of a recorded run without a fault, so that none is forgotten. All points are held at once, each on a Flink of its
 * own, and one kill hits them all.
 */

interface Point {
  readonly course: KillCourseName;
  readonly cluster: string;
  readonly on: string;
  readonly after: number;
  readonly moment: Moment;
}
interface Killed {
  readonly point: Point;
  readonly run: KillRun<unknown>;
  readonly held: Hold;
  readonly waitingAtTheKill: number;
}

const jobs = ['orders', 'orders-2'];
/** By course: what a run without a fault did to Flink. */
const executed = new Map<KillCourseName, readonly string[]>();
const points: Point[] = [];
const killed: Killed[] = [];
let wrong: string[] = [];
let place: Simulated | undefined;

beforeAll(async () => {
  await record();
  place = await startSimulated('crash-matrix', { ...clustersOf(points), jobs });
  const simulated = place;
  const reached = await Promise.all(points.map((point) => reach(simulated, point)));
  const waiting = reached.map(({ held }) => held.waiting);
  await simulated.worker.kill();
  await until(() => reached.every(({ held }) => held.waiting === 0), {
    ...{ what: 'the connections of the killed worker to break', deadlineMs: 10_000 },
  });
  for (const { held, point } of reached) letGo(held, point.moment);
  await simulated.worker.start();
  killed.push(...reached.map((one, i) => ({ ...one, waitingAtTheKill: waiting[i] ?? 0 })));
}, 400_000);

afterAll(async () => {
  process.stdout.write(
    `crash matrix: ${points.length} points, ${killed.length} runs, ${wrong.length} violations\n`,
  );
  await place?.stop();
}, 60_000);

test.each(killCourseNames)(
  'P1, P2, P20: %s: a worker killed around any call changes nothing',
  async (course) => {
    const mine = killed.filter(({ point }) => point.course === course);
    expect(mine.length).toBeGreaterThan(0);
    // the worker waited for the call; a read after its answer may be one beside others, and be given up
    const asked = mine.filter(({ point }) => point.moment !== 'READ');
    const gone = asked.filter(({ waitingAtTheKill }) => waitingAtTheKill === 0);
    expect(gone.map(({ point }) => point.cluster)).toEqual([]);
    const found = await Promise.all(mine.map(({ run }) => wrongWith(there(), run, executed.get(course))));
    wrong = [...wrong, ...found.flat()];
    expect(found.flat()).toEqual([]);
    const lost = await Promise.all(asked.map(async ({ run }) => lostIn(await historyOf(run.workflowId))));
    expect(asked.filter((_, i) => lost[i] !== 1).map(({ point }) => point.cluster)).toEqual([]);

    for (const { point, held } of mine) if (point.moment === 'LATE') held.release();
    const late = await Promise.all(mine.map(({ run }) => wrongWith(there(), run, executed.get(course))));
    expect(late.flat()).toEqual([]);
  },
  180_000,
);

test('the points are all calls of the recorded runs that change something, at each moment', () => {
  expect(killed.map(({ point }) => point.cluster).sort()).toEqual(
    points.map(({ cluster }) => cluster).sort(),
  );
  const verbs = new Set(
    points.map(({ on }) => routes.find(({ method, path }) => on === `${method} ${path}`)?.change?.verb),
  );
  // a disposal comes when all is done (crash-pairs.test.ts)
  expect([...verbs].sort()).toEqual([
    'CANCEL',
    'CHECKPOINT',
    'REQUIRE',
    'RUN',
    'SAVEPOINT',
    'STOP',
    'UPLOAD',
  ]);
});

/** Runs each course once without a fault, and makes its calls to points. */
async function record(): Promise<void> {
  const recorder = await startSimulated('crash-matrix-recorded', { ...clusterOfEach(), jobs });
  try {
    await Promise.all(
      killCourseNames.map(async (course) => {
        const run = await beginKill(recorder, course, course, () => undefined);
        const verdict = await wrongWith(recorder, run);
        if (verdict.length > 0) throw new Error(verdict.join());
        executed.set(course, executedIn(run));
        points.push(...pointsOf(course, run.flink, run.callsBefore));
      }),
    );
  } finally {
    await recorder.stop();
  }
}

function pointsOf(course: KillCourseName, flink: FlinkSimulator, before: number): Point[] {
  const ons = flink.calls.slice(before).map(({ verb }) => {
    const route = routes.find(({ change }) => change?.verb === verb);
    if (route === undefined) throw new Error(`no route does ${verb}`);
    return `${route.method} ${route.path}`;
  });
  return ons.flatMap((on, i) => {
    const after = ons.slice(0, i).filter((other) => other === on).length;
    return moments.map(({ moment }) => ({
      ...{ course, on, after, moment },
      cluster: clusterFor(course, i + 1, moment),
    }));
  });
}

async function reach(simulated: Simulated, point: Point): Promise<Omit<Killed, 'waitingAtTheKill'>> {
  const { course, cluster, moment } = point;
  const run = await beginKill(simulated, cluster, course, (flink) => heldAt(flink, point, moment));
  const ended = simulated.client.workflow.getHandle(run.workflowId).result();
  const over = () => Promise.reject(new Error(`${cluster} ended before it came to its point`));
  return { point, run, held: await Promise.race([run.armed, ended.then(over, over)]) };
}

function historyOf(workflowId: string) {
  return there().client.workflow.getHandle(workflowId).fetchHistory();
}

function there(): Simulated {
  if (place === undefined) throw new Error('it is there only while a test runs');
  return place;
}
