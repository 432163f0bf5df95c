import { edit, retargeted } from '../../../src/planning/deployment/edit';
import { rested, sighted } from '../../../src/planning/deployment/sighting';
import { carriedOut } from '../../../src/planning/deployment/transition';
import { unseen } from '../../../src/planning/deployment/state';
import { statusOf } from '../../../src/planning/deployment/status';
import type { EntityState } from '../../../src/planning/deployment/state';
import type { Command } from '../../../src/contracts/deployment';
import {
  answerTo,
  applied,
  begun,
  done,
  edited,
  fresh,
  jobId,
  now,
  resource,
  running,
  savepoint,
  success,
} from '../../kit/deployments';

const refusal = (state: EntityState, command: Command) => {
  const made = edit(state, command, now);
  return made.kind === 'REFUSED' ? made.why : undefined;
};

describe('a command', () => {
  test('makes a new version of the resource, full with its defaults, and answers with what will happen', () => {
    const state = running();
    expect(answerTo(state, { name: 'scale', parallelism: 8 })).toEqual({
      ...{ resourceVersion: 2, effect: 'ACCEPTED', notServed: [] },
      plan: ['orders 4 -> 8: STATEFUL, LATEST_STATE'],
    });
    expect(edited(state, { name: 'scale', parallelism: 8 }).resource?.spec).toMatchObject({
      ...{ state: 'RUNNING', jobName: 'orders', sessionClusterName: 'local' },
      maxSavepointCreationAttempts: 4,
    });
  });

  test('of another jar says so in its plan', () => {
    const patch = { spec: { template: { spec: { artifact: { jarUri: 'two.jar' } } } } };
    expect(answerTo(running(), { name: 'patch', patch }).plan).toEqual([
      'orders 4 -> 4: STATEFUL, LATEST_STATE; with it template.spec.artifact.jarUri',
    ]);
  });

  test('the same request id twice is one request, and gets the same answer', () => {
    const command = { name: 'scale', parallelism: 8, requestId: 'a' } as const;
    const once = edited(running(), command);
    expect(edited(once, command)).toBe(once);
    expect(answerTo(once, command)).toEqual(answerTo(running(), command));
  });

  test('the same resource again changes nothing', () => {
    const state = running();
    expect(edited(state, { name: 'apply', resource: resource() })).toBe(state);
    expect(answerTo(state, { name: 'apply', resource: resource() }).plan).toEqual([
      'nothing: it is so already',
    ]);
  });

  test('written against a version that somebody has edited since, it is refused', () => {
    const stale = { ...resource(), metadata: { name: 'orders', resourceVersion: 7 } };
    expect(refusal(running(), { name: 'apply', resource: stale })).toContain('the resource is at 1');
  });

  test('other than apply, it is refused before there is a resource', () => {
    expect(refusal(fresh(), { name: 'scale', parallelism: 2 })).toContain(
      'the first command must be "apply"',
    );
  });

  test('of another job’s name is refused while a job runs: it is the lock', () => {
    expect(refusal(running(), { name: 'patch', patch: { spec: { jobName: 'other' } } })).toContain('jobName');
  });

  test('savepoint is refused where no job runs', () => {
    const cancelled = done(edited(running(), { name: 'cancel' }));
    expect(refusal(cancelled, { name: 'savepoint' })).toContain('no job runs');
  });

  test('delete is refused until the deployment is CANCELLED', () => {
    expect(refusal(running(), { name: 'delete' })).toContain('cancel it first');
    const cancelled = done(edited(running(), { name: 'cancel' }));
    expect(edited(cancelled, { name: 'delete' }).deleted).toBe(true);
    expect(answerTo(cancelled, { name: 'delete' })).toEqual({
      ...{ resourceVersion: 2, effect: 'ACCEPTED', notServed: [] },
      plan: ['this deployment ends'],
    });
  });

  test('delete of what is CANCELLED is taken also while it is looked whether something runs after all', () => {
    const looking = unseen(done(edited(running(), { name: 'cancel' })));
    expect(edited(looking, { name: 'delete' }).deleted).toBe(true);
    expect(refusal(unseen(running()), { name: 'delete' })).toContain('cancel it first');
  });

  test('rollback brings an earlier spec back as a new version; the state stays as it is', () => {
    const second = done(edited(running(), { name: 'scale', parallelism: 8 }));
    const suspended = done(edited(second, { name: 'suspend', drain: false }), { snapshot: savepoint() });
    const back = edited(suspended, { name: 'rollback', to: 1 });
    expect(back.resource).toMatchObject({
      metadata: { resourceVersion: 4 },
      spec: { state: 'SUSPENDED', template: { spec: { parallelism: 4 } } },
    });
    expect(refusal(back, { name: 'rollback', to: 99 })).toContain('must be one of 1, 2, 3, 4');
  });
});

describe('an edit during a transition', () => {
  const first = begun(
    edited(running(), {
      name: 'patch',
      patch: {
        metadata: { labels: { a: 'b' } },
        spec: { template: { spec: { parallelism: 8, artifact: { jarUri: 'two.jar' } } } },
      },
    }),
  );

  test('is queued, and the newest wins: the ones before it are superseded', () => {
    const jar = (jarUri: string) => ({ spec: { template: { spec: { artifact: { jarUri } } } } });
    expect(answerTo(first, { name: 'patch', patch: jar('three.jar') }).effect).toBe('QUEUED');
    const queued = edited(edited(first, { name: 'patch', patch: jar('three.jar') }), {
      name: 'patch',
      patch: jar('four.jar'),
    });
    expect(queued.revisions.map(({ outcome }) => outcome)).toEqual([
      'DONE',
      'PENDING',
      'SUPERSEDED',
      'PENDING',
    ]);
    expect(statusOf(queued)?.queue).toEqual([4]);
    const after = carriedOut(queued, success(queued), now);
    expect(after.revisions.map(({ outcome }) => outcome)).toEqual(['DONE', 'DONE', 'SUPERSEDED', 'PENDING']);
    expect(statusOf(after)?.drift).toEqual(['template.spec.artifact.jarUri']);
  });

  test('of the parallelism alone sends a rescale that is under way there', () => {
    expect(retargeted(first)).toBeUndefined();
    expect(retargeted(edited(first, { name: 'scale', parallelism: 6 }))).toBe(6);
    expect(
      retargeted(
        edited(first, {
          name: 'patch',
          patch: { spec: { template: { spec: { artifact: { jarUri: 'x.jar' } } } } },
        }),
      ),
    ).toBeUndefined();
    expect(retargeted(edited(first, { name: 'suspend', drain: false }))).toBeUndefined();
  });
});

describe('what is shown', () => {
  test('a deployment whose job runs as it is wanted', () => {
    expect(statusOf(rested(running(), now))).toMatchObject({
      ...{ desired: 'RUNNING', actual: 'RUNNING', drift: [], queue: [] },
      job: { jobId: jobId(1), parallelism: 4 },
      conditions: [{ type: 'SpecAligned', status: true }],
    });
  });

  /** Desired state, what is known of the job, and the state that is shown. */
  const cells: readonly [string, EntityState, string][] = [
    ['never started', sighted(applied({ state: 'CANCELLED' }), { kind: 'NOTHING' }, now), 'CANCELLED'],
    [
      'wanted suspended, never started',
      sighted(applied({ state: 'SUSPENDED' }), { kind: 'NOTHING' }, now),
      'CANCELLED',
    ],
    ['under way', begun(edited(running(), { name: 'scale', parallelism: 8 })), 'TRANSITIONING'],
    ['a savepoint under way', begun(edited(running(), { name: 'savepoint' })), 'RUNNING'],
    [
      'suspended',
      done(edited(running(), { name: 'suspend', drain: false }), { snapshot: savepoint() }),
      'SUSPENDED',
    ],
    [
      'suspended, then given up',
      edited(done(edited(running(), { name: 'suspend', drain: false })), { name: 'cancel' }),
      'CANCELLED',
    ],
    ['cancelled', done(edited(running(), { name: 'cancel' })), 'CANCELLED'],
    ['finished', sighted(running(), { kind: 'ENDED', jobId: jobId(1), how: 'FINISHED' }, now), 'FINISHED'],
    [
      'cancelled by others',
      sighted(running(), { kind: 'ENDED', jobId: jobId(1), how: 'CANCELED' }, now),
      'CANCELLED',
    ],
    [
      'failed, being brought back',
      sighted(running(), { kind: 'ENDED', jobId: jobId(1), how: 'FAILED' }, now),
      'TRANSITIONING',
    ],
    [
      'failed, and not to run',
      sighted(
        edited(running(), { name: 'suspend', drain: false }),
        { kind: 'ENDED', jobId: jobId(1), how: 'FAILED' },
        now,
      ),
      'FAILED',
    ],
    [
      'failed, then given up',
      edited(sighted(running(), { kind: 'ENDED', jobId: jobId(1), how: 'FAILED' }, now), { name: 'cancel' }),
      'CANCELLED',
    ],
  ];
  test.each(cells)('%s', (_, state, actual) => expect(statusOf(state)?.actual).toBe(actual));

  test('what cannot be carried out is a condition with its reason, and an operator is told how to go on', () => {
    const under = begun(edited(running(), { name: 'scale', parallelism: 8 }));
    const failed = carriedOut(
      under,
      { kind: 'FAILED', type: 'SavepointFailed', message: 'no space\nNow: it runs' },
      now,
    );
    const shown = statusOf(
      rested(sighted(failed, { kind: 'LIVE', jobId: jobId(1), parallelism: 4 }, now), now),
    );
    expect(shown).toMatchObject({ actual: 'RUNNING', drift: ['template.spec.parallelism'] });
    expect(shown?.conditions).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ type: 'TransitionSucceeded', status: false, reason: 'SavepointFailed' }),
        expect.objectContaining({ type: 'SpecAligned', status: false, reason: 'TransitionFailed' }),
      ]),
    );
    expect(shown?.operator.join('\n')).toContain('version 2 is held (TransitionFailed); to try it again');
  });
});
