import type { Fixture } from './fixture';
import { useSimulator } from './fixture';
import { ManualClock, type Checkpointing, type Program } from './index';
import { endOfOperation } from './look';
import { defaultProgram } from './program';

/** What the simulator says of a job's data; each kind of verdict is brought about over the REST API. */
const simulator = useSimulator();

const interval = 1_000;
const exact = { lost: 0, countedTwice: 0, forgotten: 0, replayed: 0, exact: true };

/** A simulator whose time the test drives, and a job `orders` on it that has just come up. */
async function start(options: { begins?: 'LATEST'; checkpointing?: Partial<Checkpointing> } = {}) {
  const clock = new ManualClock();
  const { begins, checkpointing = { intervalMs: interval } } = options;
  const programs: Program[] = begins === undefined ? [] : [{ ...defaultProgram, begins }];
  const f = await simulator({ clock, checkpointing, programs });
  const { id } = f.sim.startJob({ name: 'orders', parallelism: 2 });
  clock.advance(50);
  return { f, clock, id };
}

/** Ends the job with a savepoint; returns its path. */
async function stop(f: Fixture, clock: ManualClock, jobId: string): Promise<string> {
  const triggerId = await f.askStop(jobId);
  clock.advance(50);
  const end = await endOfOperation(f.flink, jobId, triggerId);
  return end.kind === 'COMPLETED' ? end.location : '';
}

/** Starts the job from there, or from nothing if that is empty; returns once it runs. */
async function run(f: Fixture, clock: ManualClock, savepointPath: string): Promise<void> {
  const jar = await f.flink.uploadJar(__filename, 'orders.jar');
  const body = JSON.stringify({ parallelism: 4, programArgsList: ['--name', 'orders'], savepointPath });
  const accepted = f.sim.next('STARTED');
  const answer = fetch(`${f.sim.restUrl}/jars/${jar}/run`, { method: 'POST', body });
  await accepted;
  clock.advance(10);
  expect(await answer).toMatchObject({ status: 200 });
  clock.advance(50);
}

async function savepoint(f: Fixture, clock: ManualClock, jobId: string): Promise<string> {
  const next = f.sim.next('SAVEPOINT');
  f.sim.savepoint(jobId);
  clock.advance(40);
  return (await next).path;
}

test('a job that is stopped with a savepoint and goes on from it is exact, however long it was down', async () => {
  const { f, clock, id } = await start();
  clock.advance(2_345);
  const path = await stop(f, clock, id);
  expect(f.sim.data('orders')).toEqual({ records: 2_345, ...exact });
  clock.advance(10_000);
  await run(f, clock, path);
  clock.advance(3_000);
  expect(f.sim.data('orders')).toEqual({ records: 2_345 + 50 + 10_000 + 60 + 3_000, ...exact });
});

test('a job that runs on after its savepoint, and is cancelled, replays what came between', async () => {
  const { f, clock, id } = await start();
  clock.advance(1_500);
  const path = await savepoint(f, clock, id);
  clock.advance(200);
  await f.flink.cancel(id);
  clock.advance(10);
  await run(f, clock, path);
  // no checkpoint was complete meanwhile, so that nothing of it was committed
  expect(f.sim.data('orders')).toMatchObject({ ...exact, replayed: 240, exact: false });
});

test('a checkpoint between the savepoint and the cancel commits what is replayed: it is counted twice', async () => {
  const { f, clock, id } = await start();
  clock.advance(1_500);
  const path = await savepoint(f, clock, id);
  clock.advance(1_000);
  await f.flink.cancel(id);
  clock.advance(10);
  await run(f, clock, path);
  clock.advance(interval);
  const { countedTwice, ...others } = f.sim.data('orders');
  expect(countedTwice).toBeGreaterThan(0);
  expect(others).toMatchObject({ lost: 0, forgotten: 0, replayed: 1_040 });
});

test('an older snapshot is counted twice', async () => {
  const { f, clock, id } = await start();
  const old = await savepoint(f, clock, id);
  clock.advance(1_460);
  await stop(f, clock, id);
  await run(f, clock, old);
  clock.advance(interval);
  expect(f.sim.data('orders')).toMatchObject({ lost: 0, countedTwice: 1_500, replayed: 1_500 });
});

test('a start from nothing counts everything twice, if its source begins anew', async () => {
  const { f, clock, id } = await start();
  clock.advance(1_500);
  await stop(f, clock, id);
  await run(f, clock, '');
  clock.advance(interval);
  expect(f.sim.data('orders')).toMatchObject({ lost: 0, countedTwice: 1_500, forgotten: 0, replayed: 1_500 });
});

test('a start from nothing loses what came meanwhile and forgets all, if its source begins with what is new', async () => {
  const { f, clock, id } = await start({ begins: 'LATEST' });
  clock.advance(1_500);
  await stop(f, clock, id);
  clock.advance(440);
  await run(f, clock, '');
  clock.advance(interval);
  const lost = 50 + 440 + 60;
  expect(f.sim.data('orders')).toMatchObject({ lost, forgotten: 1_500 + lost, countedTwice: 0, replayed: 0 });
});

test('a failover replays what came since its checkpoint; nothing of it was committed', async () => {
  const { f, clock, id } = await start();
  clock.advance(1_400);
  f.sim.job(id).failOver('a task fails');
  clock.advance(1_000);
  expect(f.sim.data('orders')).toMatchObject({ ...exact, replayed: 400, exact: false });
});

test('a job that fails while it stops leaves its last transaction to whoever starts from the savepoint', async () => {
  const { f, clock, id } = await start();
  f.sim.script({ stops: [{ kind: 'FAILS_AFTER_SAVEPOINT' }] });
  clock.advance(1_500);
  const saved = f.sim.next('SAVEPOINT');
  await stop(f, clock, id);
  await run(f, clock, (await saved).path);
  clock.advance(interval);
  expect(f.sim.data('orders')).toMatchObject(exact);
});

test('two copies at once write everything twice', async () => {
  const { f, clock, id } = await start();
  const path = await savepoint(f, clock, id);
  await run(f, clock, path);
  clock.advance(2 * interval);
  expect(f.sim.data('orders')).toMatchObject({ lost: 0, exact: false });
  expect(f.sim.data('orders').countedTwice).toBeGreaterThan(interval / 2);
});

test('the data of another name is its own', async () => {
  const { f, clock } = await start();
  clock.advance(100);
  expect(f.sim.data('others')).toEqual({ records: 0, ...exact });
});
