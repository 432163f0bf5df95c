import fc from 'fast-check';
import type { Command, RunEnd, Sighting } from '../../../src/contracts/deployment';
import { edit } from '../../../src/planning/deployment/edit';
import { rested, sighted } from '../../../src/planning/deployment/sighting';
import { carriedOut } from '../../../src/planning/deployment/transition';
import { unseen } from '../../../src/planning/deployment/state';
import type { EntityState, Transition } from '../../../src/planning/deployment/state';
import { actualOf } from '../../../src/planning/deployment/status';
import { applied, begun, jobId, now, savepoint, stepOf, success } from '../../kit/deployments';

/**
 * The entity against whatever may come: commands, sightings and ends of transitions in any order, its state handed to a
 * next run at every step. Then the faults stop, and what was wanted last is reached.
 */

/** How a transition ends: SUCCESS, ABORTED, LOST, or the type of its failure. */
type Happening =
  | { readonly kind: 'COMMAND'; readonly command: Command }
  | { readonly kind: 'SIGHTING'; readonly sighting: Sighting }
  | { readonly kind: 'END'; readonly how: string }
  | { readonly kind: 'BEGIN' }
  | { readonly kind: 'DISTURBED' };

const parallelism = fc.integer({ min: 1, max: 9 });
const ids = fc.integer({ min: 1, max: 4 }).map(jobId);

const command: fc.Arbitrary<Command> = fc.oneof(
  fc.record({ name: fc.constant('scale' as const), parallelism }),
  fc.record({ name: fc.constant('suspend' as const), drain: fc.boolean() }),
  fc.constantFrom<Command>({ name: 'resume' }, { name: 'cancel' }, { name: 'savepoint' }),
  fc.record({ name: fc.constant('rollback' as const), to: fc.integer({ min: 1, max: 5 }) }),
  fc.record({ name: fc.constant('patch' as const), patch: patches() }),
);

function patches(): fc.Arbitrary<Record<string, unknown>> {
  const strategy = fc.constantFrom('STATELESS', 'STATEFUL', 'NONE');
  const restore = fc.constantFrom('LATEST_STATE', 'LATEST_SAVEPOINT');
  return fc.oneof(
    fc.constant({}),
    strategy.map((kind) => ({ spec: { upgradeStrategy: { kind } } })),
    restore.map((kind) => ({ spec: { restoreStrategy: { kind } } })),
    fc
      .constantFrom('a.jar', 'b.jar')
      .map((jarUri) => ({ spec: { template: { spec: { artifact: { jarUri } } } } })),
  );
}

const sighting: fc.Arbitrary<Sighting> = fc.oneof(
  fc.record({
    kind: fc.constant('LIVE' as const),
    jobId: ids,
    parallelism,
    newest: fc.constant(savepoint()),
  }),
  fc.record({
    kind: fc.constant('ENDED' as const),
    jobId: ids,
    how: fc.constantFrom('FAILED' as const, 'FINISHED' as const, 'CANCELED' as const, 'VANISHED' as const),
    newest: fc.constant(savepoint()),
  }),
  fc.record({
    kind: fc.constant('STOPPED' as const),
    jobId: ids,
    meant: fc.boolean(),
    newest: fc.constant(savepoint()),
  }),
  fc.constant<Sighting>({ kind: 'SEVERAL', jobIds: [jobId(1), jobId(2)] }),
  fc.constant<Sighting>({ kind: 'NOTHING' }),
);

const failures = [
  'SavepointFailed',
  'RolledBack',
  'JobDown',
  'PlanRejected',
  'AnotherJobRuns',
  'JobFinished',
];
const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 3, arbitrary: command.map((one) => ({ kind: 'COMMAND' as const, command: one })) },
  { weight: 2, arbitrary: sighting.map((one) => ({ kind: 'SIGHTING' as const, sighting: one })) },
  {
    weight: 3,
    arbitrary: fc
      .constantFrom('SUCCESS', 'ABORTED', 'LOST', ...failures)
      .map((how) => ({ kind: 'END' as const, how })),
  },
  { weight: 4, arbitrary: fc.constant<Happening>({ kind: 'BEGIN' }) },
  fc.constant<Happening>({ kind: 'DISTURBED' }),
);

/** What one run hands to the next. */
const handedOn = (state: EntityState): EntityState => JSON.parse(JSON.stringify(state)) as EntityState;

function endOf(state: EntityState, how: string): RunEnd {
  if (how === 'SUCCESS') return success(state, { snapshot: savepoint() });
  if (how === 'ABORTED') return success(state, { outcome: 'ABORTED' });
  if (how === 'LOST') return { kind: 'LOST', message: 'somebody terminated it' };
  return { kind: 'FAILED', type: how, message: `it failed: ${how}` };
}

function after(state: EntityState, what: Happening): EntityState {
  switch (what.kind) {
    case 'COMMAND': {
      const made = edit(state, what.command, now);
      return made.kind === 'REFUSED' ? state : made.state;
    }
    case 'SIGHTING':
      return state.running === undefined && state.known.kind === 'UNSEEN'
        ? sighted(state, what.sighting, now)
        : state;
    case 'END':
      return state.running === undefined ? state : carriedOut(state, endOf(state, what.how), now);
    case 'BEGIN':
      return state.running === undefined && stepOf(state).kind === 'TRANSITION' ? begun(state) : state;
    case 'DISTURBED':
      return state.running === undefined ? unseen(state) : state;
  }
}

/** A cluster on which everything succeeds, and which shows the job that the entity knows of. */
function calm(state: EntityState): EntityState {
  if (state.running !== undefined) return carriedOut(state, endOf(state, 'SUCCESS'), now);
  const step = stepOf(state);
  switch (step.kind) {
    case 'LOOK': {
      const before = state.known.kind === 'UNSEEN' ? state.known.before : undefined;
      if (before?.kind !== 'RUNNING') return sighted(state, { kind: 'NOTHING' }, now);
      return sighted(state, { kind: 'LIVE', jobId: before.jobId, parallelism: before.parallelism }, now);
    }
    case 'TRANSITION':
      return begun(state);
    case 'REST':
      return rested(state, now);
  }
}

const happenings = fc.array(happening, { maxLength: 60 });

test('whatever happens, no job is started beside one that runs, none is changed that does not, none begins empty unasked', () => {
  fc.assert(
    fc.property(happenings, (all) => {
      let state = applied();
      let ran = false;
      for (const one of all) {
        state = handedOn(after(state, one));
        ran ||= state.known.kind === 'RUNNING' || state.newest !== undefined;
        if (state.running !== undefined) continue;
        const step = stepOf(state);
        if (step.kind !== 'TRANSITION') continue;
        const { transition, restoreStrategy } = step.input;
        expect(state.known.kind === 'RUNNING').toBe(transition !== 'START');
        if (ran) expect(restoreStrategy).not.toBe('NONE');
      }
    }),
    { numRuns: 500 },
  );
});

test('when the faults stop, an edit brings the deployment to what is wanted, in a few transitions', () => {
  fc.assert(
    fc.property(happenings, (all) => {
      let state = all.reduce((before, one) => handedOn(after(before, one)), applied());
      // nobody can mend from here that several jobs bear the name
      if (state.known.kind === 'SEVERAL') state = { ...state, known: { kind: 'UNSEEN' } };
      const edits: readonly Command[] = [
        { name: 'patch', patch: { spec: { upgradeStrategy: { kind: 'STATEFUL' } } } },
        { name: 'patch', patch: {} },
      ];
      const transitions: Transition[] = [];
      for (const command of edits) {
        state = after(state, { kind: 'COMMAND', command });
        for (let n = 0; n < 20; n++) {
          const next = calm(state);
          if (next.running !== undefined && state.running === undefined) transitions.push(next.running);
          state = next;
        }
      }
      const desired = state.resource?.spec.state;
      const isOver = state.known.kind === 'NONE' || state.known.kind === 'ENDED';
      if (desired === 'RUNNING') expect(actualOf(state)).toBe('RUNNING');
      else expect(isOver).toBe(true);
      if (desired === 'RUNNING')
        expect(state.known).toMatchObject({ parallelism: state.resource?.spec.template.spec.parallelism });
      expect(state.revisions.at(-1)?.outcome).toBe('DONE');
      const ofVersions = transitions.filter(({ transition }) => transition !== 'SAVEPOINT');
      expect(ofVersions.length).toBeLessThanOrEqual(4);
    }),
    { numRuns: 500 },
  );
});
