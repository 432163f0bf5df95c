import { describeDeployment } from '../../../src/planning/deployment/describe';
import { rested, sighted } from '../../../src/planning/deployment/sighting';
import { unseen } from '../../../src/planning/deployment/state';
import type { EntityState } from '../../../src/planning/deployment/state';
import { actualOf, statusOf } from '../../../src/planning/deployment/status';
import { carriedOut } from '../../../src/planning/deployment/transition';
import {
  applied,
  begun,
  done,
  edited,
  failed,
  fresh,
  jobId,
  now,
  running,
  savepoint,
} from '../../kit/deployments';

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
    ['looked for, and never seen', applied(), 'TRANSITIONING'],
    ['looked for, and known to run', unseen(running()), 'RUNNING'],
    ['several', sighted(running(), { kind: 'SEVERAL', jobIds: [jobId(1), jobId(2)] }, now), 'RUNNING'],
    [
      'never started, since it could not be',
      sighted(failed(sighted(applied(), { kind: 'NOTHING' }, now), 'PlanRejected'), { kind: 'NOTHING' }, now),
      'FAILED',
    ],
    [
      'never started, since somebody aborted it',
      {
        ...sighted(applied(), { kind: 'NOTHING' }, now),
        held: { resourceVersion: 1, reason: 'Aborted' },
      },
      'CANCELLED',
    ],
    [
      'suspended, and a resume of it failed, and suspended again',
      edited(
        sighted(
          failed(
            edited(done(edited(running(), { name: 'suspend', drain: false })), { name: 'resume' }),
            'PlanRejected',
          ),
          { kind: 'NOTHING' },
          now,
        ),
        { name: 'suspend', drain: false },
      ),
      'SUSPENDED',
    ],
    [
      'vanished, being brought back',
      sighted(running(), { kind: 'ENDED', jobId: jobId(1), how: 'VANISHED' }, now),
      'TRANSITIONING',
    ],
    [
      'failed, where it was to be cancelled',
      sighted(edited(running(), { name: 'cancel' }), { kind: 'ENDED', jobId: jobId(1), how: 'FAILED' }, now),
      'CANCELLED',
    ],
    [
      'stopped after all, though its suspend was lost',
      sighted(
        failed(edited(running(), { name: 'suspend', drain: false }), 'Lost'),
        { kind: 'STOPPED', jobId: jobId(1), meant: true },
        now,
      ),
      'SUSPENDED',
    ],
    [
      'vanished, and not to run',
      sighted(
        edited(running(), { name: 'suspend', drain: false }),
        { kind: 'ENDED', jobId: jobId(1), how: 'VANISHED' },
        now,
      ),
      'FAILED',
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

describe('what an operator is told', () => {
  const id = 'deployment/local/orders';
  const update = (name: string, input = '{}') =>
    `temporal workflow update execute --workflow-id ${id} --name ${name} --input '${input}'`;

  test.each([
    [
      'RUNNING',
      running(),
      [
        `another parallelism: ${update('scale', '{"parallelism":4}')}`,
        `stop it with a savepoint: ${update('suspend')}`,
        `cancel it: ${update('cancel')}`,
      ],
    ],
    [
      'SUSPENDED',
      done(edited(running(), { name: 'suspend', drain: false })),
      [`start it again: ${update('resume')}`, `give it up: ${update('cancel')}`],
    ],
    [
      'CANCELLED',
      done(edited(running(), { name: 'cancel' })),
      [`start it: ${update('resume')}`, `end this deployment: ${update('delete')}`],
    ],
  ])('where it is to be %s', (_, state, operator) => {
    expect(statusOf(state)?.operator).toEqual(operator);
  });

  test('while something is under way, and what is held', () => {
    const under = begun(edited(running(), { name: 'scale', parallelism: 8 }));
    expect(statusOf(under)?.operator[0]).toBe(
      'a RESCALE is under way; it is steered at its own workflow, rescale/local/orders',
    );
    const held = failed(edited(running(), { name: 'cancel' }), 'StopFailed');
    expect(statusOf(held)?.operator).toEqual([
      `version 2 is held (TransitionFailed); to try it again: ${update('patch', '{"patch":{}}')}`,
      `start it: ${update('resume')}`,
      `end this deployment: ${update('delete')}`,
    ]);
  });
});

describe('the status', () => {
  test('is none before the first resource', () => expect(statusOf(fresh())).toBeUndefined());

  test('has the transition that is under way, and the versions that wait for its end', () => {
    const under = begun(edited(running(), { name: 'scale', parallelism: 8 }));
    const queued = statusOf(edited(under, { name: 'cancel' }));
    expect(queued).toMatchObject({ resourceVersion: 3, desired: 'CANCELLED', queue: [3] });
    expect(queued?.transition).toEqual({
      ...{ transition: 'RESCALE', workflowId: 'rescale/local/orders', runId: 'run' },
      ...{ resourceVersion: 2, startedAt: now },
    });
    expect(statusOf(under)?.queue).toEqual([]);
  });

  test('has how many savepoints were asked for, until they are taken; the details say so', () => {
    const asked = edited(edited(running(), { name: 'savepoint' }), { name: 'savepoint' });
    expect(statusOf(asked)).toMatchObject({ savepointsAsked: 2 });
    expect(describeDeployment(asked)).toContain('- savepoints asked for: 2');
    const taken = done(asked, { snapshot: savepoint() });
    expect(statusOf(taken)).toMatchObject({ savepointsAsked: 1 });
    expect(describeDeployment(running())).not.toContain('savepoints asked for');
  });

  test('without a transition nothing waits, and no transition is shown', () => {
    const status = statusOf(edited(running(), { name: 'scale', parallelism: 8 }));
    expect(status?.queue).toEqual([]);
    expect(status).not.toHaveProperty('transition');
  });

  test('of a job that is to be stopped differs in that', () => {
    expect(statusOf(edited(running(), { name: 'suspend', drain: false }))?.drift).toEqual(['state']);
    const other = { name: 'patch', patch: { spec: { state: 'CANCELLED', jobName: 'orders' } } } as const;
    expect(statusOf(edited(running({}, 4), other))?.drift).toEqual(['state']);
  });

  test('is TRANSITIONING to search by before the first resource', () => {
    expect(actualOf(fresh())).toBe('TRANSITIONING');
  });

  test('without a job shows none', () => expect(statusOf(applied())).not.toHaveProperty('job'));
});
