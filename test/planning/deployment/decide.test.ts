import { maxRecoveries } from '../../../src/planning/deployment/decide';
import { sighted } from '../../../src/planning/deployment/sighting';
import { carriedOut } from '../../../src/planning/deployment/transition';
import type { EntityState } from '../../../src/planning/deployment/state';
import {
  applied,
  begun,
  done,
  edited,
  failed,
  jobId,
  now,
  running,
  savepoint,
  stepOf,
  success,
  transitionOf,
} from '../../kit/deployments';

const rests = (state: EntityState) => expect(stepOf(state)).toEqual({ kind: 'REST' });
const input = (state: EntityState) => transitionOf(state).input;
const nothingThere = (state: EntityState) => sighted(state, { kind: 'NOTHING' }, now);
const ended = (state: EntityState, how: 'FAILED' | 'FINISHED' | 'CANCELED' | 'VANISHED', at = now) =>
  sighted(state, { kind: 'ENDED', jobId: jobId(1), how, newest: savepoint() }, at);

describe('what is wanted against what is', () => {
  test('a new deployment looks first: a job of its name may run already', () => {
    expect(stepOf(applied())).toEqual({ kind: 'LOOK' });
  });

  test('of a job that has never run it starts one without state, which loses nothing', () => {
    expect(input(nothingThere(applied()))).toMatchObject({
      ...{ transition: 'START', cluster: 'local', job: 'orders', parallelism: 4, restoreStrategy: 'NONE' },
      ...{ acknowledgeStateLoss: false, artifact: { jar: 'orders.jar' } },
    });
  });

  test.each(['CANCELED', 'FINISHED'] as const)(
    'a job of its name that was never looked after, and is %s: what it left is what the first start begins from',
    (how) => {
      const { startFrom, restoreStrategy, transition } = input(ended(applied(), how));
      expect({ startFrom, restoreStrategy, transition }).toEqual({
        ...{ startFrom: savepoint(), restoreStrategy: 'LATEST_STATE', transition: 'START' },
      });
    },
  );

  test('also where its start failed and it was given up meanwhile', () => {
    const notStarted = nothingThere(failed(nothingThere(applied()), 'PlanRejected'));
    const givenUp = edited(notStarted, { name: 'cancel' });
    expect(input(edited(givenUp, { name: 'resume' })).restoreStrategy).toBe('NONE');
  });

  test('a job that runs is adopted at the parallelism that it has, and then brought to the one that is wanted', () => {
    const adopted = sighted(applied(), { kind: 'LIVE', jobId: jobId(1), parallelism: 2 }, now);
    expect(adopted.events.map(({ name }) => name)).toEqual(['ADOPTED']);
    expect(input(adopted)).toMatchObject({ transition: 'RESCALE', jobId: jobId(1), parallelism: 4 });
  });

  test('of a job of which nobody knows what it was started with, only the parallelism can differ', () => {
    const unknown = { ...applied(), known: { kind: 'RUNNING', jobId: jobId(1), parallelism: 4 } } as const;
    rests(unknown);
    const scaled = input(edited(unknown, { name: 'scale', parallelism: 8 }));
    expect(scaled).toMatchObject({ transition: 'RESCALE', parallelism: 8 });
    expect(scaled.previousArtifact).toBeUndefined();
  });

  test('its rescale says for which version of the resource it is', () => {
    expect(input(edited(running(), { name: 'scale', parallelism: 8 })).reason).toBe('deployment, version 2');
  });

  test('a first start that came up, took a checkpoint and went down is followed by one from there', () => {
    const down = sighted(
      failed(nothingThere(applied()), 'JobDown'),
      { kind: 'ENDED', jobId: jobId(3), how: 'FAILED', newest: savepoint() },
      now,
    );
    expect(input(edited(down, { name: 'patch', patch: {} }))).toMatchObject({
      ...{ transition: 'START', restoreStrategy: 'LATEST_STATE', startFrom: savepoint() },
    });
  });

  test('with the restore strategy NONE it starts from nothing, whatever is known', () => {
    const suspended = done(
      edited(running({ restoreStrategy: { kind: 'NONE' } }), { name: 'suspend', drain: false }),
      { snapshot: savepoint() },
    );
    const resumed = input(edited(suspended, { name: 'resume' }));
    expect(resumed.restoreStrategy).toBe('NONE');
    expect(resumed.startFrom).toBeUndefined();
  });

  test('another parallelism is a rescale by the upgrade strategy, with the jar that runs to roll back to', () => {
    const scaled = edited(running({ upgradeStrategy: { kind: 'STATELESS' } }), {
      ...{ name: 'scale', parallelism: 8 },
    });
    expect(input(scaled)).toMatchObject({
      ...{ transition: 'RESCALE', parallelism: 8, upgradeStrategy: 'STATELESS' },
      previousArtifact: { jar: 'orders.jar' },
    });
  });

  test('with the upgrade strategy NONE nothing restarts, until the job is started anew', () => {
    const scaled = edited(running({ upgradeStrategy: { kind: 'NONE' } }), { name: 'scale', parallelism: 8 });
    rests(scaled);
    const suspended = done(edited(scaled, { name: 'suspend', drain: false }), { snapshot: savepoint() });
    expect(input(edited(suspended, { name: 'resume' }))).toMatchObject({
      ...{ transition: 'START', parallelism: 8, startFrom: { path: savepoint().path } },
    });
  });

  test('a strategy that is edited restarts nothing', () => {
    rests(edited(running(), { name: 'patch', patch: { spec: { restoreStrategy: { kind: 'NONE' } } } }));
  });

  test('suspended, it is stopped with a savepoint, drained if that is asked', () => {
    expect(input(edited(running(), { name: 'suspend', drain: true }))).toMatchObject({
      ...{ transition: 'SUSPEND', savepoint: { drain: true } },
    });
  });

  test('resumed after a cancel, it starts from the newest state that is known, never from nothing unasked', () => {
    const cancelled = done(edited(running(), { name: 'cancel' }));
    const resumed = input(edited(cancelled, { name: 'resume' }));
    expect(resumed).toMatchObject({ transition: 'START', restoreStrategy: 'LATEST_STATE' });
    expect(resumed.startFrom).toBeUndefined();
  });

  test('LATEST_SAVEPOINT starts from the newest savepoint of the catalogue, whatever is newer', () => {
    const saved = done(
      edited(running({ restoreStrategy: { kind: 'LATEST_SAVEPOINT' } }), { name: 'savepoint' }),
      {
        snapshot: savepoint(),
      },
    );
    const checkpoint = { kind: 'CHECKPOINT', path: 'file:/checkpoints/7', jobId: jobId(1) } as const;
    const cancelled = done(edited(saved, { name: 'cancel' }), { snapshot: checkpoint });
    expect(input(edited(cancelled, { name: 'resume' })).startFrom).toEqual(savepoint());
  });

  test('LATEST_SAVEPOINT passes over one that failed, and has nothing to give where none was taken', () => {
    const spec = { restoreStrategy: { kind: 'LATEST_SAVEPOINT' } };
    const none = input(edited(done(edited(running(spec), { name: 'cancel' })), { name: 'resume' }));
    expect(none).toMatchObject({ transition: 'START', restoreStrategy: 'LATEST_SAVEPOINT' });
    expect(none.startFrom).toBeUndefined();
    const saved = done(edited(running(spec), { name: 'savepoint' }), { snapshot: savepoint() });
    const notSaved = failed(edited(saved, { name: 'savepoint' }), 'SavepointFailed');
    const over = sighted(notSaved, { kind: 'ENDED', jobId: jobId(1), how: 'FAILED' }, now);
    expect(input(over).startFrom).toEqual(savepoint());
  });

  test('a savepoint that was asked for of a job that stops is taken once it runs again', () => {
    const asked = edited(begun(edited(running(), { name: 'cancel' })), { name: 'savepoint' });
    const cancelled = carriedOut(asked, success(asked), now);
    rests(cancelled);
    const resumed = edited(cancelled, { name: 'resume' });
    expect(input(resumed).transition).toBe('START');
    expect(input(done(resumed)).transition).toBe('SAVEPOINT');
  });

  test('a savepoint that is asked for is taken before anything else', () => {
    const asked = edited(edited(running(), { name: 'scale', parallelism: 8 }), { name: 'savepoint' });
    expect(input(asked).transition).toBe('SAVEPOINT');
    expect(input(done(asked, { snapshot: savepoint() })).transition).toBe('RESCALE');
  });

  test('several live jobs of its name: nobody can say which is meant, and nothing is done', () => {
    rests(sighted(running(), { kind: 'SEVERAL', jobIds: [jobId(1), jobId(2)] }, now));
  });
});

describe('a transition that fails', () => {
  const upgraded = edited(running(), { name: 'scale', parallelism: 8 });

  test('is not repeated: the last good spec stays beside the wanted one, until somebody edits again', () => {
    const rolledBack = failed(upgraded, 'RolledBack');
    const seen = sighted(rolledBack, { kind: 'LIVE', jobId: jobId(3), parallelism: 4 }, now);
    rests(seen);
    expect(seen.deployed?.spec.template.spec.parallelism).toBe(4);
    expect(seen.resource?.spec.template.spec.parallelism).toBe(8);
    expect(seen.revisions.at(-1)).toMatchObject({ outcome: 'FAILED', message: 'it failed: RolledBack' });
    expect(input(edited(seen, { name: 'patch', patch: {} }))).toMatchObject({ parallelism: 8 });
  });

  test('and leaves the job down: it is brought back with the last good spec, from its latest state', () => {
    const down = sighted(
      failed(upgraded, 'JobDown'),
      { kind: 'ENDED', jobId: jobId(3), how: 'CANCELED', newest: savepoint() },
      now,
    );
    const step = transitionOf(down);
    expect(step.input).toMatchObject({
      transition: 'START',
      parallelism: 4,
      startFrom: { path: savepoint().path },
    });
    expect(step.recovers).toBe(true);
  });

  test('of a start from nothing, is not taken for a job that has to be brought back', () => {
    const notStarted = failed(nothingThere(applied()), 'JobDown');
    rests(sighted(notStarted, { kind: 'ENDED', jobId: jobId(3), how: 'FAILED' }, now));
  });

  test('of a savepoint, is an entry in the catalogue and nothing else', () => {
    const asked = failed(edited(running(), { name: 'savepoint' }), 'SavepointFailed');
    expect(asked.catalogue).toMatchObject([{ origin: 'USER_REQUEST', state: 'FAILED' }]);
    rests(sighted(asked, { kind: 'LIVE', jobId: jobId(1), parallelism: 4 }, now));
  });

  test('of an edit does not start a job that has come to its end since', () => {
    const rolledBack = failed(upgraded, 'RolledBack');
    rests(sighted(rolledBack, { kind: 'ENDED', jobId: jobId(3), how: 'FINISHED' }, now));
  });

  test('of a savepoint that somebody aborted, is not begun again by itself either', () => {
    const under = begun(edited(running(), { name: 'savepoint' }));
    const aborted = carriedOut(under, success(under, { outcome: 'ABORTED' }), now);
    expect(aborted.catalogue).toMatchObject([{ state: 'FAILED', message: 'somebody aborted it' }]);
    expect(aborted.revisions).toMatchObject([{ outcome: 'DONE' }]);
    rests(sighted(aborted, { kind: 'LIVE', jobId: jobId(1), parallelism: 4 }, now));
  });

  test('aborted by somebody, is not begun again by itself', () => {
    const under = begun(upgraded);
    const aborted = carriedOut(under, success(under, { outcome: 'ABORTED' }), now);
    rests(sighted(aborted, { kind: 'LIVE', jobId: jobId(1), parallelism: 4 }, now));
    expect(aborted.revisions.at(-1)).toMatchObject({ outcome: 'FAILED', message: 'somebody aborted it' });
    expect(aborted.conditions).toContainEqual(
      expect.objectContaining({ type: 'TransitionSucceeded', status: false, reason: 'ABORTED' }),
    );
  });
});

describe('a job that ends by itself', () => {
  test.each(['FAILED', 'VANISHED'] as const)('%s: it is brought back from its latest state', (how) => {
    const step = transitionOf(ended(running(), how));
    expect(step.input).toMatchObject({ transition: 'START', startFrom: { path: savepoint().path } });
    expect(step).toMatchObject({ recovers: true, afterMs: 0 });
  });

  test('bounded, and with back-off; then it is FAILED until somebody edits', () => {
    let state = ended(running(), 'FAILED');
    const pauses: number[] = [];
    for (let n = 0; n < maxRecoveries; n++) {
      pauses.push(transitionOf(state).afterMs);
      state = ended(failed(state, 'JobDown'), 'FAILED');
    }
    expect(pauses).toEqual([0, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000]);
    rests(state);
    expect(input(edited(state, { name: 'patch', patch: {} })).transition).toBe('START');
  });

  test('brought back, and ending again at once, counts; after ten minutes it does not', () => {
    const back = done(ended(running(), 'FAILED'));
    expect(transitionOf(ended({ ...back, recoveries: 2 }, 'FAILED', now + 1)).afterMs).toBe(20_000);
    expect(transitionOf(ended({ ...back, recoveries: 2 }, 'FAILED', now + 600_000)).afterMs).toBe(0);
  });

  test.each(['FINISHED', 'CANCELED'] as const)(
    'P13: %s was meant, by itself or by somebody: only an edit starts it again',
    (how) => {
      const over = ended(running(), how);
      rests(over);
      expect(input(edited(over, { name: 'patch', patch: {} })).transition).toBe('START');
    },
  );

  test('and was brought back with the last good version: the one that failed stays FAILED', () => {
    const down = ended(failed(edited(running(), { name: 'scale', parallelism: 8 }), 'JobDown'), 'FAILED');
    const back = done(down);
    expect(back.revisions.map(({ outcome }) => outcome)).toEqual(['DONE', 'FAILED']);
    expect(back.deployed?.resourceVersion).toBe(1);
  });

  test('is not brought back any more once somebody has aborted that', () => {
    const under = begun(ended(running(), 'FAILED'));
    const aborted = carriedOut(under, success(under, { outcome: 'ABORTED' }), now);
    rests(ended(aborted, 'FAILED'));
    expect(aborted.revisions).toMatchObject([{ outcome: 'DONE' }]);
    expect(input(edited(ended(aborted, 'FAILED'), { name: 'patch', patch: {} })).transition).toBe('START');
  });

  test('that nobody has started from here is started by the first resource', () => {
    expect(input(ended(applied(), 'FINISHED'))).toMatchObject({
      transition: 'START',
      startFrom: savepoint(),
    });
  });

  test('is let lie where it is not to run', () => {
    const suspending = edited(running(), { name: 'suspend', drain: false });
    rests(ended(suspending, 'FAILED'));
  });
});

describe('a job that others have changed', () => {
  const rescaled = sighted(running(), { kind: 'LIVE', jobId: jobId(2), parallelism: 6 }, now);

  test('is left as it is, and the drift is shown; an edit brings it to what is wanted', () => {
    rests(rescaled);
    expect(rescaled.events.at(-1)?.name).toBe('CHANGED_ELSEWHERE');
    expect(input(edited(rescaled, { name: 'patch', patch: {} }))).toMatchObject({ parallelism: 4 });
  });

  test('while an edit waited for them: the edit is carried out', () => {
    const waiting = edited(running(), { name: 'scale', parallelism: 8 });
    const after = sighted(waiting, { kind: 'LIVE', jobId: jobId(2), parallelism: 6 }, now);
    expect(input(after)).toMatchObject({ transition: 'RESCALE', parallelism: 8 });
  });

  test('stopped by a suspend that was meant: it is not started behind their back', () => {
    const stopped = { kind: 'STOPPED', jobId: jobId(1), meant: true, newest: savepoint() } as const;
    rests(sighted(running(), stopped, now));
  });

  test('stopped by a rescale that was lost half-way: it is brought back', () => {
    const stopped = { kind: 'STOPPED', jobId: jobId(1), meant: false, newest: savepoint() } as const;
    expect(input(sighted(running(), stopped, now))).toMatchObject({ startFrom: { path: savepoint().path } });
  });
});
