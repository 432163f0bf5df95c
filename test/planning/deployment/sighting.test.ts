import type { Sighting } from '../../../src/contracts/deployment';
import { rested, sighted } from '../../../src/planning/deployment/sighting';
import { unseen } from '../../../src/planning/deployment/state';
import type { EntityState } from '../../../src/planning/deployment/state';
import { applied, done, edited, failed, fresh, jobId, now, running, savepoint } from '../../kit/deployments';

/** What a look at the cluster changes of what is known, and what is said of it. */

const later = now + 5;
const live = (n: number, parallelism = 4): Sighting => ({ kind: 'LIVE', jobId: jobId(n), parallelism });
const over = (n: number, how: 'FAILED' | 'FINISHED' | 'CANCELED' | 'VANISHED'): Sighting => ({
  ...{ kind: 'ENDED', jobId: jobId(n), how },
});
const seen = (state: EntityState, sighting: Sighting, at = later) => sighted(unseen(state), sighting, at);
/** A rescale has ended well, and the conditions say so. */
const succeeded = () => done(edited(running(), { name: 'scale', parallelism: 8 }));
const conditionOf = (state: EntityState, wanted: string) =>
  state.conditions.find(({ type }) => type === wanted);

describe('a live job', () => {
  test('that nobody has started from here is adopted, at the parallelism that it has', () => {
    const adopted = seen(applied(), live(1, 2));
    expect(adopted).toMatchObject({
      known: { kind: 'RUNNING', jobId: jobId(1), parallelism: 2 },
      deployed: { resourceVersion: 1, spec: { template: { spec: { parallelism: 2 } } } },
      upSince: later,
      events: [
        {
          ...{ at: later, name: 'ADOPTED', jobId: jobId(1) },
          message: `job ${jobId(1)}, which runs at 2, is looked after from now on`,
        },
      ],
    });
    expect(adopted.held).toBeUndefined();
  });

  test('is not adopted before there is a resource', () => {
    const state = sighted(fresh(), live(1), later);
    expect(state).toEqual({ ...fresh(), known: { kind: 'RUNNING', jobId: jobId(1), parallelism: 4 } });
  });

  test('that runs as it did changes nothing', () => {
    const state = succeeded();
    expect(seen(state, live(2, 8))).toEqual(state);
  });

  test('without a state that is seen leaves the newest that is known', () => {
    expect(seen({ ...running(), newest: savepoint() }, live(1)).newest).toEqual(savepoint());
    const newer = savepoint('file:/newer');
    expect(seen({ ...running(), newest: savepoint() }, { ...live(1), newest: newer }).newest).toEqual(newer);
  });

  test.each([
    ['another parallelism', live(1, 6)],
    ['another job in its place', live(3)],
  ])('%s: it is taken on, its time begins anew, and what is wanted is held', (_, sighting) => {
    const { jobId: id, parallelism } = sighting as Sighting & { kind: 'LIVE' };
    expect(seen(running(), sighting)).toMatchObject({
      known: { kind: 'RUNNING', jobId: id, parallelism },
      deployed: { spec: { template: { spec: { parallelism } } } },
      held: { resourceVersion: 1, reason: 'ChangedElsewhere' },
      upSince: later,
      events: [{ at: later, name: 'CHANGED_ELSEWHERE', message: `job ${id} runs at ${parallelism}` }],
    });
  });

  test('that others have brought back is failing no more', () => {
    const down = sighted(running(), over(1, 'FAILED'), now);
    expect(conditionOf(down, 'JobFailing')?.status).toBe(true);
    expect(conditionOf(seen(down, live(2)), 'JobFailing')).toEqual({
      ...{ type: 'JobFailing', status: false, reason: 'Running', message: `job ${jobId(2)} runs` },
      lastTransitionTime: later,
    });
  });

  test('is one of several no more once the others are gone', () => {
    const several = seen(running(), { kind: 'SEVERAL', jobIds: [jobId(1), jobId(2)] });
    expect(several.events).toMatchObject([
      { at: later, name: 'SEVERAL_JOBS', message: `2 live jobs bear its name: ${jobId(1)}, ${jobId(2)}` },
    ]);
    expect(seen(several, live(2)).known).toEqual({ kind: 'RUNNING', jobId: jobId(2), parallelism: 4 });
  });

  test('changed twice by others: why it is held stays as it was', () => {
    const failing = failed(edited(running(), { name: 'scale', parallelism: 8 }), 'RolledBack');
    const changed = seen(failing, live(1, 6));
    expect(changed.held?.reason).toBe('TransitionFailed');
    expect(changed.events.map(({ name }) => name)).not.toContain('CHANGED_ELSEWHERE');
  });
});

describe('no live job', () => {
  test.each([
    ['FAILED', 'TRANSITIONING_TO_FAILED_STATE_BECAUSE_OF_A_FAILED_JOB', true],
    ['VANISHED', 'TRANSITIONING_TO_FAILED_STATE_BECAUSE_OF_A_MISSING_JOB', true],
    ['FINISHED', 'TRANSITIONED_TO_FINISHED_STATE', false],
    ['CANCELED', 'TRANSITIONED_TO_CANCELLED_STATE', false],
  ] as const)('%s: the event is %s, and whether that is a failure: %s', (how, name, status) => {
    const ended = seen(running(), { ...over(1, how), newest: savepoint() });
    const message = `job ${jobId(1)} is ${how}`;
    expect(ended).toMatchObject({
      ...{ known: { kind: 'ENDED', how, jobId: jobId(1) }, newest: savepoint() },
      events: [{ at: later, name, message, jobId: jobId(1) }],
      conditions: [{ type: 'JobFailing', status, reason: how, message, lastTransitionTime: later }],
    });
  });

  test.each([
    ['ended', over(1, 'FAILED')],
    ['stopped, and not to be', { kind: 'STOPPED', jobId: jobId(1), meant: false }],
    ['stopped, and to be', { kind: 'STOPPED', jobId: jobId(1), meant: true }],
    ['not to be found', { kind: 'NOTHING' }],
  ] satisfies [string, Sighting][])('%s: of what is over already it tells nothing new', (_, sighting) => {
    const suspended = done(edited(running(), { name: 'suspend', drain: false }));
    const finished = sighted(running(), over(1, 'FINISHED'), now);
    for (const state of [suspended, finished]) {
      const after = seen(state, { ...sighting, newest: savepoint('file:/newer') });
      expect(after).toEqual({ ...state, newest: savepoint('file:/newer') });
    }
  });

  test('stopped, and not to be: it has to be brought back', () => {
    expect(seen(running(), { kind: 'STOPPED', jobId: jobId(1), meant: false })).toMatchObject({
      ...{ known: { kind: 'ENDED', how: 'VANISHED', jobId: jobId(1) } },
      conditions: [{ type: 'JobFailing', status: true }],
    });
  });

  test('stopped, and to be: it is SUSPENDED, and said so', () => {
    expect(seen(running(), { kind: 'STOPPED', jobId: jobId(1), meant: true })).toMatchObject({
      ...{ known: { kind: 'NONE', since: 'SUSPENDED' }, held: { reason: 'ChangedElsewhere' } },
      events: [{ name: 'CHANGED_ELSEWHERE', message: 'it was stopped' }],
    });
  });

  test('of several: somebody has ended all of them, which was meant', () => {
    const several = seen(running(), { kind: 'SEVERAL', jobIds: [jobId(1), jobId(2)] });
    expect(seen(several, { kind: 'NOTHING' }).known).toEqual({
      ...{ kind: 'ENDED', how: 'CANCELED', jobId: `${jobId(1)}, ${jobId(2)}` },
    });
  });

  test('and it ended before there was a deployment of it', () => {
    expect(seen(applied(), over(1, 'FINISHED')).known).toMatchObject({ kind: 'ENDED', how: 'FINISHED' });
    expect(seen(applied(), { kind: 'STOPPED', jobId: jobId(1), meant: true }).known.kind).toBe('NONE');
  });

  test('before there is a resource: nothing is held', () => {
    const state = sighted(fresh(), { kind: 'STOPPED', jobId: jobId(1), meant: true }, later);
    expect(state).toEqual({ ...fresh(), known: { kind: 'NONE', since: 'SUSPENDED' } });
    expect(state).not.toHaveProperty('held');
  });

  test('and there never was one', () => {
    expect(seen(applied(), { kind: 'NOTHING' }).known).toEqual({ kind: 'NONE', since: 'NEVER' });
  });

  test('where nobody saw it begin: the tries to bring it back go on being counted', () => {
    const state = { ...running(), recoveries: 3 };
    expect(seen(state, over(1, 'FAILED'), now + 3_600_000).recoveries).toBe(3);
  });
});

describe('at rest', () => {
  test('what runs as it is wanted is done, and is of the newest version from then on', () => {
    const strategy = { spec: { upgradeStrategy: { kind: 'STATELESS' } } };
    const state = rested(edited(running(), { name: 'patch', patch: strategy }), later);
    expect(state.revisions.at(-1)?.outcome).toBe('DONE');
    expect(state.deployed).toEqual({ resourceVersion: 2, spec: state.resource?.spec });
    expect(conditionOf(state, 'SpecAligned')).toEqual({
      ...{
        type: 'SpecAligned',
        status: true,
        reason: 'Aligned',
        message: 'version 2',
        lastTransitionTime: later,
      },
    });
  });

  test('what is stored for the next start is told from it', () => {
    const stored = edited(running({ upgradeStrategy: { kind: 'NONE' } }), { name: 'scale', parallelism: 8 });
    const state = rested(stored, later);
    expect(state.revisions.at(-1)?.outcome).toBe('STORED');
    expect(state.deployed?.resourceVersion).toBe(1);
    expect(conditionOf(state, 'SpecAligned')).toMatchObject({
      ...{ status: false, reason: 'Drift', message: 'these differ from what is: template.spec.parallelism' },
    });
  });

  test('of all that differs each is named', () => {
    const patch = { spec: { template: { spec: { parallelism: 8, artifact: { jarUri: 'two.jar' } } } } };
    const state = edited(running({ upgradeStrategy: { kind: 'NONE' } }), { name: 'patch', patch });
    expect(conditionOf(rested(state, later), 'SpecAligned')?.message).toBe(
      'these differ from what is: template.spec.artifact.jarUri, template.spec.parallelism',
    );
  });

  test('only the newest version is marked', () => {
    let state = running({ upgradeStrategy: { kind: 'NONE' } });
    for (const parallelism of [5, 6, 7]) state = edited(state, { name: 'scale', parallelism });
    expect(rested(state, later).revisions.map(({ outcome }) => outcome)).toEqual([
      ...['DONE', 'SUPERSEDED', 'SUPERSEDED', 'STORED'],
    ]);
  });

  test('where it is held, that is the reason', () => {
    const changed = seen(running(), live(1, 6));
    expect(conditionOf(rested(changed, later), 'SpecAligned')).toMatchObject({
      ...{ status: false, reason: 'ChangedElsewhere' },
    });
  });

  test('the outcome of a version that failed stays, whatever comes to rest', () => {
    const failing = failed(edited(running(), { name: 'scale', parallelism: 8 }), 'RolledBack');
    expect(rested(seen(failing, live(1)), later).revisions.at(-1)?.outcome).toBe('FAILED');
  });

  test('a job that does not run was started with nothing new', () => {
    const cancelled = done(edited(running(), { name: 'cancel' }));
    expect(rested(cancelled, later).deployed?.resourceVersion).toBe(1);
    expect(rested(cancelled, later).revisions.at(-1)?.outcome).toBe('DONE');
  });

  test('without any job that was ever started, nothing is taken for deployed', () => {
    const state = rested(seen(applied({ state: 'SUSPENDED' }), { kind: 'NOTHING' }), later);
    expect(state.deployed).toBeUndefined();
  });

  test.each([
    ['there is no resource yet', fresh()],
    ['a transition is to begin', edited(running(), { name: 'scale', parallelism: 8 })],
    ['the job is looked for', unseen(running())],
  ])('not while %s', (_, state) => expect(rested(state, later)).toBe(state));
});
