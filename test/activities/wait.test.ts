import { z } from 'zod';
import {
  answered,
  carrying,
  carryingTries,
  farewellMs,
  heartbeating,
  looking,
  pause,
  pollDelay,
  within,
} from '../../src/activities/wait';
import { noTries } from '../../src/contracts/failures';
import { FlinkRefused, FlinkUnavailable } from '../../src/flink/errors';
import { failureOf, useRig } from '../kit/rig';

const rigOf = useRig();
const never = () => new Promise<never>(() => undefined);

describe('what an attempt that was lost has left', () => {
  const details = z.object({ seen: z.number() });

  it('takes the place of what it began with', async () => {
    const rig = await rigOf();
    const heartbeatDetails = { attempt: 1, over: true, details: { seen: 7 } };
    const work = () => carrying(details, { seen: 0 }, (pulse) => Promise.resolve(pulse.details.seen));
    expect(await rig.run(work)).toBe(0);
    expect(await rig.run(work, { attempt: 2, heartbeatDetails })).toBe(7);
  });

  it.each([
    [{}, false],
    [{ attempt: 2 }, true],
    [{ attempt: 2, heartbeatDetails: { attempt: 1, over: false, details: noTries } }, true],
    [{ attempt: 2, heartbeatDetails: { attempt: 1, over: true, details: noTries } }, false],
    [{ attempt: 3, heartbeatDetails: { attempt: 1, over: true, details: noTries } }, true],
  ])('of %j it may have done more than it told: %s', async (attempt, unheard) => {
    const rig = await rigOf();
    const seen = await rig.run(
      () =>
        carryingTries(noTries, ({ details, unheard }) => Promise.resolve({ open: details.open, unheard })),
      attempt,
    );
    expect(seen).toEqual({ unheard, open: unheard ? 'SENT' : 'NO' });
  });
});

describe('the heartbeat', () => {
  it('has the last word, with what the next attempt must know', async () => {
    const rig = await rigOf();
    const running = rig.begin(() =>
      carrying(z.number(), 1, (pulse) => {
        pulse.details = 2;
        return Promise.resolve();
      }),
    );
    await running.end;
    expect(running.beats).toEqual([{ attempt: 1, over: true, details: 2 }]);
  });

  it('says what Flink is waited for, while it is; the log does after 5 s, and each 30 s again', async () => {
    const rig = await rigOf();
    let answers = false;
    const running = rig.begin(() =>
      heartbeating((pulse) =>
        answered(pulse, () =>
          answers ? Promise.resolve('here') : Promise.reject(new FlinkUnavailable('connection refused')),
        ),
      ),
    );
    await rig.until(() => rig.warnings.length >= 2, 'it to be told twice');
    await rig.until(() => running.beats.length > 0, 'a beat');
    answers = true;
    expect(await running.end).toBe('here');
    const waiting = expect.stringMatching(
      /^waiting for Flink since \d{4}-.*Z: connection refused$/,
    ) as string;
    expect(rig.warnings.slice(0, 2)).toEqual([waiting, waiting]);
    expect(running.beats[0]).toMatchObject({ over: false, waiting });
    expect(running.beats.at(-1)).not.toHaveProperty('waiting');
  });
});

describe('P2: an answer', () => {
  it('that is a refusal is thrown, at once', async () => {
    const rig = await rigOf();
    let asked = 0;
    const end = rig.look((pulse) =>
      answered(pulse, () => {
        asked += 1;
        return Promise.reject(new FlinkRefused('no', 400, 'OTHER'));
      }),
    );
    await expect(end).rejects.toThrow('no');
    expect(asked).toBe(1);
  });

  it('is asked for more and more seldom, each 2 s at most', async () => {
    const rig = await rigOf();
    const at: number[] = [];
    await rig.look((pulse) =>
      answered(pulse, () => {
        at.push(Date.now());
        return at.length > 7 ? Promise.resolve() : Promise.reject(new FlinkUnavailable('no'));
      }),
    );
    const between = at.slice(1).map((time, i) => time - (at[i] ?? 0));
    expect(between[4]).toBeGreaterThanOrEqual(1_500);
    expect(between[6]).toBeGreaterThanOrEqual(1_900);
    expect(between).toHaveLength(7);
  });
});

describe('P7: the end of an attempt', () => {
  it('that is lost does not wait for a call that changes something', async () => {
    const rig = await rigOf();
    const running = rig.begin(() => carrying(z.number(), 3, never));
    running.lose();
    expect(await failureOf(running.end)).toMatchObject({
      ...{ type: 'AttemptLost', nonRetryable: false, nextRetryDelay: '100ms', details: [3] },
      message: expect.stringContaining('this attempt was given up') as string,
    });
    expect(running.beats.at(-1)).toMatchObject({ over: true, details: 3 });
  });

  it('by an abort is told to the work, which goes on', async () => {
    const rig = await rigOf();
    const running = rig.begin(() =>
      heartbeating(async (pulse) => {
        while (!pulse.aborted()) await pause(pulse, 100);
        await pause(pulse, 100);
        return 'to its end';
      }),
    );
    running.abort();
    expect(await running.end).toBe('to its end');
  });

  it('by an abort ends what only looks at once', async () => {
    const rig = await rigOf();
    const running = rig.begin(() => looking((pulse) => pause(pulse, 1_000_000)));
    running.abort();
    expect(await failureOf(running.end)).toMatchObject({ name: 'CancelledFailure', message: 'aborted' });
  });

  it('an error of the work itself is thrown as it is', async () => {
    const rig = await rigOf();
    await expect(rig.look(() => Promise.reject(new TypeError('a fault of ours')))).rejects.toThrow(TypeError);
    const looked = rig.run(() => looking(() => Promise.reject(new TypeError('a fault of ours'))));
    await expect(looked).rejects.toThrow(TypeError);
  });
});

describe('what is waited for only so long', () => {
  it('is given where it comes in time', async () => {
    const rig = await rigOf();
    expect(await rig.look((pulse) => within(pulse, 10_000, () => Promise.resolve('here')))).toBe('here');
  });

  it('is undefined where it does not', async () => {
    const rig = await rigOf();
    const seen = await rig.look((pulse) => within(pulse, 1_000, (bounded) => pause(bounded, 1_000_000)));
    expect(seen).toBeUndefined();
  });

  it('an error before that is thrown', async () => {
    const rig = await rigOf();
    const end = rig.look((pulse) => within(pulse, 10_000, () => Promise.reject(new Error('no'))));
    await expect(end).rejects.toThrow('no');
  });

  it('is 30 s where an operator gives up', () => {
    expect(farewellMs).toBe(30_000);
  });
});

test.each([
  [0, 5],
  [400, 5],
  [5_000, 50],
  [50_000, 500],
  [1_000_000, 1_000],
])('what began %i ms ago is looked at again in %i ms', (elapsed, delay) => {
  expect(pollDelay(elapsed)).toBe(delay);
});
