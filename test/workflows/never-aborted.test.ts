import { beaten } from '../kit/beats';
import { mutatingCalls, slug } from '../kit/calls';
import type { MutatingCall } from '../kit/calls';
import { begin, expectEnd } from '../kit/course-run';
import { endOf, pendingActivity } from '../kit/rescale';
import { useSimulated } from '../kit/simulated';

/**
 * An abort, or Temporal's cancel, while a call that changes something is in flight: the call is not aborted, since Flink
 * would execute it all the same (P7).
 */
const wishes = ['abort', 'cancel'] as const;
type Wish = (typeof wishes)[number];
const clusterOf = (wish: Wish, { name }: MutatingCall) => `${wish}-${slug(name)}`;

/** Those in flight when nothing is stopped: the abort is told to the activity. */
const open = mutatingCalls.filter(({ name }) => ['upload', 'plan', 'stop'].includes(name));
/** Those after the point of no return, which no wish reaches. */
const late = mutatingCalls.filter((call) => !open.includes(call));

/** What an abort meets after the worker was killed with its stop on the way to Flink. */
const follower = ['none-yet', 'at-work'] as const;

const place = useSimulated('never-aborted', {
  clusters: [...wishes.flatMap((wish) => mutatingCalls.map((call) => clusterOf(wish, call))), ...follower],
});

/** A rescale whose call has been received, and has no answer. */
async function inFlight(cluster: string, call: MutatingCall) {
  const { on, after, course } = call;
  const run = await begin(place(), cluster, course, async (flink) => {
    const hold = flink.hold(on, 'BEFORE', { after, times: 1 });
    await hold.arrived;
    return hold;
  });
  return { ...run, hold: await run.first };
}

function send(wish: Wish, workflowId: string) {
  const id = ['--workflow-id', workflowId];
  return wish === 'abort'
    ? place().cli(['workflow', 'update', 'execute', '--name', 'abort', ...id])
    : place().cli(['workflow', 'cancel', ...id]);
}

describe.each(wishes)('P7: %s', (wish) => {
  test('while a call is in flight before the stop is done: it is answered, and only then does the rescale give way', async () => {
    await Promise.all(
      open.map(async (call) => {
        const { flink, hold, workflowId } = await inFlight(clusterOf(wish, call), call);
        expect((await send(wish, workflowId)).code).toBe(0);
        await beaten(place(), workflowId, { cancelRequested: true });
        expect(hold.waiting).toBe(1);
        hold.release();

        const { status, ...rest } = await endOf(place(), workflowId);
        expect(status).toBe('COMPLETED');
        flink.neverTwoCopies();
        expect(flink.stateLost()).toEqual([]);
        const stopped = call.name === 'stop';
        expect(rest).toMatchObject({ result: { outcome: stopped ? 'RESCALED' : 'ABORTED' } });
        if (stopped) expect(JSON.stringify(rest)).toContain('the abort came too late');
        expect(flink.live('orders')).toMatchObject([{ options: { parallelism: stopped ? 4 : 2 } }]);
        const stops = flink.calls.filter(({ verb }) => verb === 'STOP');
        expect(stops.map(({ outcome }) => outcome)).toEqual(stopped ? ['EXECUTED'] : []);
      }),
    );
  }, 120_000);

  test('after the point of no return: it comes too late, and the rescale goes on to its end', async () => {
    await Promise.all(
      late.map(async (call) => {
        const run = await inFlight(clusterOf(wish, call), call);
        const sent = await send(wish, run.workflowId);
        if (wish === 'abort') expect(sent.stderr).toContain('too late');
        else expect(sent.code).toBe(0);
        expect(run.hold.waiting).toBe(1);
        run.hold.release();
        await expectEnd(place(), run);
      }),
    );
  }, 120_000);
});

test('P5, P8: after a crash that left the stop on its way: the same stop is sent, and an abort lets it end', async () => {
  const [stop] = open.filter(({ name }) => name === 'stop');
  if (stop === undefined) throw new Error('no stop among the calls');
  const reached = await Promise.all(
    follower.map(async (cluster) => ({ cluster, run: await inFlight(cluster, stop) })),
  );
  await Promise.all(reached.map(({ run }) => beaten(place(), run.workflowId, { cancelRequested: false })));
  const { worker } = place();
  await place().addWorker();
  await worker.kill();

  await Promise.all(
    reached.map(async ({ cluster, run }) => {
      const { flink, workflowId } = run;
      const look = flink.hold('GET /jobs/:id/savepoints/:trigger', 'BEFORE');
      if (cluster === 'at-work') await look.arrived;
      else expect(await pendingActivity(place(), workflowId)).toMatchObject({ type: 'savepoint' });
      expect((await send('abort', workflowId)).code).toBe(0);
      if (cluster === 'at-work') await beaten(place(), workflowId, { cancelRequested: true });
      look.release();
      await expectEnd(place(), run);
      // it arrives when everything is over, and changes nothing
      run.hold.release();
      await expectEnd(place(), run);
    }),
  );
}, 120_000);
