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
/** What helps after it. */
const nextOf = (state: EntityState, command: Command) => {
  const made = edit(state, command, now);
  return made.kind === 'REFUSED' ? made.next : undefined;
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

  test('without a request id is one of its own each time, and none is remembered', () => {
    const twice = edited(edited(running(), { name: 'savepoint' }), { name: 'savepoint' });
    expect(twice).toMatchObject({ savepointsAsked: 2, answers: [] });
  });

  test('of another request id is another request', () => {
    const once = edited(running(), { name: 'scale', parallelism: 8, requestId: 'a' });
    expect(edited(once, { name: 'scale', parallelism: 2, requestId: 'b' })).toMatchObject({
      resource: { metadata: { resourceVersion: 3 } },
      answers: [
        { requestId: 'a', answer: { resourceVersion: 2 } },
        { requestId: 'b', answer: { resourceVersion: 3 } },
      ],
    });
  });

  test('that is refused is not remembered: with the same request id it may be tried again', () => {
    const command = { name: 'scale', parallelism: 8, requestId: 'a' } as const;
    expect(refusal(fresh(), command)).toBeDefined();
    expect(edited(running(), command).answers).toHaveLength(1);
  });

  test('makes a revision: who asked, why, when, by which command', () => {
    const command = { name: 'scale', parallelism: 8, by: 'ada', reason: 'more load' } as const;
    const { resource: wanted, revisions } = edited(running(), command, now + 7);
    expect(revisions.at(-1)).toEqual({
      ...{ resourceVersion: 2, spec: wanted?.spec, at: now + 7, command: 'scale', outcome: 'PENDING' },
      ...{ by: 'ada', reason: 'more load' },
    });
    const nobody = edited(running(), { name: 'scale', parallelism: 8 }).revisions.at(-1);
    expect(nobody).not.toHaveProperty('by');
    expect(nobody).not.toHaveProperty('reason');
  });

  test('of labels alone makes a new version, and restarts nothing', () => {
    const patch = (labels: object) => ({ name: 'patch', patch: { metadata: { labels } } }) as const;
    const labelled = edited(running(), patch({ team: 'a', tier: '1' }));
    expect(answerTo(running(), patch({ team: 'a' }))).toMatchObject({ resourceVersion: 2, effect: 'STORED' });
    const again = { ...resource(), metadata: { name: 'orders', labels: { tier: '1', team: 'a' } } };
    expect(edited(labelled, { name: 'apply', resource: again })).toBe(labelled);
  });

  test('of fields that are not served says so, also where nothing changes', () => {
    const exported = { ...resource(), status: { state: 'RUNNING' } };
    expect(answerTo(running(), { name: 'apply', resource: exported }).notServed).toHaveLength(1);
    expect(answerTo(fresh(), { name: 'apply', resource: exported }).notServed).toHaveLength(1);
  });

  test('of what is wrong in several ways names all', () => {
    expect(refusal(running(), { name: 'patch', patch: { spec: { state: 'OFF', color: 1 } } })).toMatch(
      /"spec.state" is "OFF".*; unknown field "spec.color"|unknown field "spec.color".*; "spec.state" is "OFF"/,
    );
  });

  test('takes away what is over: the tries to bring a job back, and a drain that was asked for', () => {
    const state = { ...running(), recoveries: 3, drain: true };
    expect(edited(state, { name: 'scale', parallelism: 8 })).toMatchObject({ recoveries: 0, drain: false });
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
    expect(refusal(running(), { name: 'apply', resource: stale })).toBe(
      '"metadata.resourceVersion" is 7, and the resource is at 1: somebody has edited it since; read it anew, or leave ' +
        'the version out',
    );
    expect(nextOf(running(), { name: 'apply', resource: stale })).toEqual({ query: 'spec' });
    const current = { ...resource({}, 8), metadata: { name: 'orders', resourceVersion: 1 } };
    expect(answerTo(running(), { name: 'apply', resource: current }).resourceVersion).toBe(2);
  });

  test('other than apply, it is refused before there is a resource', () => {
    expect(refusal(fresh(), { name: 'scale', parallelism: 2 })).toBe(
      'there is no resource yet; the first command must be "apply"',
    );
    expect(nextOf(fresh(), { name: 'scale', parallelism: 2 })).toEqual({ update: 'apply' });
  });

  const cancelled = done(edited(running(), { name: 'cancel' }));
  const over = (how: 'FAILED' | 'FINISHED') =>
    sighted(running(), { kind: 'ENDED', jobId: jobId(1), how }, now);
  const several = sighted(running(), { kind: 'SEVERAL', jobIds: [jobId(1), jobId(2)] }, now);

  test.each([
    ['a job runs', running()],
    ['several run', several],
    ['a transition is under way', begun(edited(cancelled, { name: 'resume' }))],
    ['it is looked for', unseen(running())],
    ['it is looked for, and never was seen', applied()],
    ['it is looked whether something runs after all', unseen(cancelled)],
  ])('of another job’s name is refused while %s: it is the lock', (_, state) => {
    expect(refusal(state, { name: 'patch', patch: { spec: { jobName: 'other' } } })).toBe(
      '"spec.jobName" is the lock of the job; it can be changed only while no job runs and none is looked for: suspend ' +
        'or cancel the deployment first',
    );
  });

  test.each([
    ['is over', over('FINISHED')],
    ['was cancelled', cancelled],
  ])('of another job’s name is taken once the job %s', (_, state) => {
    const renamed = edited(state, { name: 'patch', patch: { spec: { jobName: 'other' } } });
    expect(renamed.resource?.spec.jobName).toBe('other');
  });

  test('savepoint is refused where no job runs', () => {
    for (const state of [cancelled, unseen(cancelled), applied(), over('FAILED'), several])
      expect(refusal(state, { name: 'savepoint' })).toBe(
        'no job runs of which a savepoint could be taken; valid: while the job is RUNNING',
      );
  });

  test('savepoint is taken while the job is looked for, or something is under way', () => {
    expect(answerTo(unseen(running()), { name: 'savepoint' })).toMatchObject({
      ...{ resourceVersion: 1, effect: 'ACCEPTED', notServed: [] },
    });
    const resuming = begun(edited(cancelled, { name: 'resume' }));
    expect(answerTo(resuming, { name: 'savepoint' }).effect).toBe('QUEUED');
    expect(edited(resuming, { name: 'savepoint' }).savepointsAsked).toBe(1);
  });

  test('delete is refused until the deployment is CANCELLED', () => {
    const cancelling = edited(running(), { name: 'cancel' });
    const resuming = begun(edited(cancelled, { name: 'resume' }));
    const suspended = done(edited(running(), { name: 'suspend', drain: false }));
    for (const state of [
      ...[running(), cancelling, begun(cancelling), over('FAILED'), suspended],
      edited(resuming, { name: 'cancel' }),
    ])
      expect(refusal(state, { name: 'delete' })).toBe(
        'only what is CANCELLED can be deleted: its job would go on unwatched; cancel it first',
      );
    expect(edited(cancelled, { name: 'delete' }).deleted).toBe(true);
    expect(answerTo(cancelled, { name: 'delete' })).toEqual({
      ...{ resourceVersion: 2, effect: 'ACCEPTED', notServed: [] },
      plan: ['this deployment ends'],
    });
  });

  test('delete of what is CANCELLED is taken also while it is looked whether something runs after all', () => {
    const looking = unseen(cancelled);
    expect(edited(looking, { name: 'delete' }).deleted).toBe(true);
    expect(refusal(unseen(running()), { name: 'delete' })).toContain('cancel it first');
    expect(nextOf(unseen(running()), { name: 'delete' })).toEqual({ update: 'cancel' });
    expect(nextOf(edited(running(), { name: 'cancel' }), { name: 'delete' })).toEqual({ query: 'status' });
  });

  test('cancel of what failed while it is looked for makes it CANCELLED, so that it can be deleted', () => {
    const given = edited(unseen(over('FAILED')), { name: 'cancel' });
    const seen = sighted(given, { kind: 'ENDED', jobId: jobId(1), how: 'FAILED' }, now);
    expect(statusOf(seen)?.actual).toBe('CANCELLED');
    expect(edited(seen, { name: 'delete' }).deleted).toBe(true);
  });

  test('cancel of what is SUSPENDED makes it CANCELLED, with nothing to be done', () => {
    const suspended = done(edited(running(), { name: 'suspend', drain: false }));
    expect(edited(suspended, { name: 'cancel' }).known).toEqual({ kind: 'NONE', since: 'CANCELLED' });
  });

  test('cancel of what runs while it is looked for leaves it to be cancelled', () => {
    expect(edited(unseen(running()), { name: 'cancel' }).known).toEqual(unseen(running()).known);
  });

  test('delete of what was never applied ends it', () => {
    expect(answerTo(fresh(), { name: 'delete' })).toEqual({
      ...{ resourceVersion: 0, effect: 'ACCEPTED', plan: ['this deployment ends'], notServed: [] },
    });
  });

  test.each([{ name: 'delete' }, { name: 'resume' }, { name: 'savepoint' }] satisfies Command[])(
    '$name after it was deleted is refused',
    (command) => {
      const deleted = edited(cancelled, { name: 'delete' });
      expect(refusal(deleted, command)).toBe('the deployment was deleted; apply it anew');
    },
  );

  test('rollback brings an earlier spec back as a new version; the state stays as it is', () => {
    const second = done(edited(running(), { name: 'scale', parallelism: 8 }));
    const suspended = done(edited(second, { name: 'suspend', drain: false }), { snapshot: savepoint() });
    const back = edited(suspended, { name: 'rollback', to: 1 });
    expect(back.resource).toMatchObject({
      metadata: { resourceVersion: 4 },
      spec: { state: 'SUSPENDED', template: { spec: { parallelism: 4 } } },
    });
    expect(answerTo(suspended, { name: 'rollback', to: 1 }).notServed).toEqual([]);
    expect(refusal(back, { name: 'rollback', to: 99 })).toBe(
      '"to" is 99, and that version is not kept; it must be one of 1, 2, 3, 4',
    );
    expect(nextOf(back, { name: 'rollback', to: 99 })).toEqual({ query: 'history' });
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

  test('a cancel while it is suspended: CANCELLED once no job runs any more', () => {
    const suspending = begun(edited(running(), { name: 'suspend', drain: false }));
    const cancelled = edited(suspending, { name: 'cancel' });
    const after = rested(carriedOut(cancelled, success(cancelled, { snapshot: savepoint() }), now), now);
    expect(statusOf(after)).toMatchObject({ desired: 'CANCELLED', actual: 'CANCELLED' });
    expect(after.catalogue).toMatchObject([{ origin: 'SUSPEND' }]);
  });

  test('a cancel while its job comes to its end: CANCELLED as well', () => {
    const cancelled = edited(first, { name: 'cancel' });
    const end = { kind: 'FAILED', type: 'JobFinished', message: 'it finished' } as const;
    const seen = sighted(
      carriedOut(cancelled, end, now),
      { kind: 'ENDED', jobId: jobId(1), how: 'FINISHED' },
      now,
    );
    expect(statusOf(rested(seen, now))).toMatchObject({ desired: 'CANCELLED', actual: 'CANCELLED' });
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

  test('of the parallelism sends nothing there but a rescale', () => {
    const resuming = begun(edited(done(edited(running(), { name: 'cancel' })), { name: 'resume' }));
    expect(retargeted(edited(resuming, { name: 'scale', parallelism: 6 }))).toBeUndefined();
    expect(retargeted(edited(running(), { name: 'scale', parallelism: 6 }))).toBeUndefined();
  });
});
