import fc from 'fast-check';
import type { JobLookup } from '../../../src/contracts/observation';
import type { TransitionRequest } from '../../../src/contracts/rescale';
import { byHand, stepsOf } from '../../../src/planning/by-hand';
import { plan } from '../../../src/planning/plan';
import type { Decision } from '../../../src/planning/plan';
import { parseRequest } from '../../../src/planning/request';
import { flinkUrl, running } from '../../kit/plans';
import {
  checkpoint,
  found,
  inputs,
  look,
  others,
  request,
  savepoint,
  stopped,
  unknown,
  workflowId,
} from '../../kit/transitions';

/** START, SUSPEND, CANCEL and SAVEPOINT: what holds of every decision. */

describe('whatever is seen', () => {
  const states = ['RUNNING', 'RESTARTING', 'FAILING', 'INITIALIZING', 'CREATED', 'SUSPENDED'] as const;
  const snapshots = fc.option(fc.constantFrom(savepoint, checkpoint), { nil: undefined });
  const lookups: fc.Arbitrary<JobLookup> = fc.oneof(
    fc
      .record({ state: fc.constantFrom(...states), newestSnapshot: snapshots })
      .map(({ state, newestSnapshot }) =>
        found({ ...running(2), state, ...(newestSnapshot === undefined ? {} : { newestSnapshot }) }),
      ),
    fc
      .constantFrom(savepoint, checkpoint)
      .map((left): JobLookup => ({ kind: 'STOPPED', job: stopped(left) })),
    fc.constant(unknown),
  );
  const asked = fc.record({
    transition: fc.constantFrom(...others),
    restoreStrategy: fc.constantFrom('LATEST_STATE', 'LATEST_SAVEPOINT', 'NONE'),
    acknowledgeStateLoss: fc.boolean(),
    startFrom: fc.option(
      fc.record({
        path: fc.constantFrom('file:/sp/1', 'file:/sp/2'),
        completedAt: fc.integer({ min: 0, max: 9 }),
      }),
      { nil: undefined },
    ),
  });
  const always = (claim: (asked: TransitionRequest, lookup: JobLookup, decision: Decision) => void) =>
    fc.assert(
      fc.property(lookups, asked, (lookup, { transition, startFrom, ...more }) => {
        const from = transition === 'START' && startFrom !== undefined ? { startFrom } : {};
        const made = request(transition, { ...more, ...from });
        claim(made, lookup, plan(look(lookup), made));
      }),
    );

  test('state that is known is never given up unasked: a start is empty only with NONE, and acknowledged', () => {
    always((asked, lookup, decision) => {
      if (decision.kind !== 'TRANSITION' || decision.plan.transition !== 'START') return;
      if (decision.plan.origin.kind === 'SNAPSHOT') return;
      expect(asked.restoreStrategy).toBe('NONE');
      if (lookup.kind === 'STOPPED' || asked.startFrom !== undefined)
        expect(asked.acknowledgeStateLoss).toBe(true);
    });
  });

  test('nothing is started beside a job that lives, and only START starts', () => {
    always((asked, lookup, decision) => {
      if (decision.kind !== 'TRANSITION') return;
      expect(decision.plan.transition).toBe(asked.transition);
      if (decision.plan.transition === 'START') expect(lookup.kind).not.toBe('FOUND');
      else expect(lookup.kind).toBe('FOUND');
    });
  });

  test('a rejection has a reason, and what it suggests is not rejected for it again', () => {
    always((asked, lookup, decision) => {
      if (decision.kind !== 'REJECTED') return;
      expect(decision.reasons).not.toEqual([]);
      const { suggestion } = decision;
      if (suggestion === undefined || suggestion.transition !== undefined) return;
      const { transition } = asked;
      const mended = parseRequest({ ...inputs[transition], ...asked, ...suggestion, transition }, workflowId);
      if (mended.kind !== 'REQUEST') throw new Error(mended.problems.join());
      expect(plan(look(lookup), mended.request).kind).not.toBe('REJECTED');
    });
  });

  test('the steps and the commands by hand say what a plan does', () => {
    always((_asked, _lookup, decision) => {
      if (decision.kind !== 'TRANSITION') return;
      const { transition } = decision.plan;
      const verb = { START: 'run', SUSPEND: 'stop', CANCEL: 'cancel', SAVEPOINT: 'savepoint' }[transition];
      const commands = byHand(decision.plan, flinkUrl);
      expect(commands).toEqual([expect.stringMatching(`^flink ${verb} -m 127.0.0.1:8081 `)]);
      expect(stepsOf(decision.plan).length).toBeGreaterThan(0);
    });
  });
});
