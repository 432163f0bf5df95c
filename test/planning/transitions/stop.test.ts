import type { JobLookup, Program } from '../../../src/contracts/observation';
import { plan } from '../../../src/planning/plan';
import { jar, jobId, rejected, running } from '../../kit/plans';
import {
  checkpoint,
  decide,
  found,
  look,
  planned,
  request,
  savepoint,
  stopped,
  unknown,
} from '../../kit/transitions';

/** SUSPEND, CANCEL and SAVEPOINT: what is decided. */

describe('SUSPEND and SAVEPOINT', () => {
  test.each([
    ['SUSPEND', 'STOP_WITH_SAVEPOINT'],
    ['SAVEPOINT', 'GOES_ON'],
  ] as const)('%s: %s, and the job as it is should the savepoint take it down', (transition, ending) => {
    expect(planned(decide(transition, found(running(2))))).toMatchObject({
      ...{ transition, ending, job: { id: jobId }, previous: { jar, parallelism: 2 } },
      savepoint: { format: 'CANONICAL', directory: 'file:///data/sp/orders' },
    });
  });

  test('a drain is sent, and said', () => {
    const { savepoint, warnings } = planned(
      decide('SUSPEND', found(running(2)), { savepoint: { drain: true } }),
    );
    expect(savepoint.drain).toBe(true);
    expect(warnings).toEqual([expect.stringMatching(/^drain: all windows end with the savepoint/)]);
    expect(planned(decide('SUSPEND', found(running(2)))).savepoint).not.toHaveProperty('drain');
  });

  test.each(['SUSPEND', 'SAVEPOINT'] as const)('P9: %s needs every task to run', (transition) => {
    const { reasons } = rejected(decide(transition, found({ ...running(2), state: 'RESTARTING' })));
    expect(reasons).toEqual([expect.stringContaining('the job is RESTARTING; a savepoint needs it RUNNING')]);
  });

  test('SUSPEND of a job that does not run is mended by a CANCEL', () => {
    const { suggestion } = rejected(decide('SUSPEND', found({ ...running(2), state: 'RESTARTING' })));
    expect(suggestion).toEqual({ transition: 'CANCEL' });
  });

  test.each(['SUSPEND', 'SAVEPOINT'] as const)('%s needs to know what the job is made of', (transition) => {
    const program: Program = { kind: 'REFUSED', reason: 'it is not known', valid: '"artifact"' };
    const { reasons } = rejected(decide(transition, found(running(2)), {}, { program }));
    expect(reasons).toEqual(['it is not known; valid: "artifact"']);
  });

  test('only SUSPEND needs the job to take checkpoints: a savepoint that fails leaves it running', () => {
    const { timeoutMs = 1 } = running(2).checkpointing ?? {};
    const kept = { retainedOnFailure: true, retainedOnCancel: true, unaligned: false };
    const without = found({ ...running(2), checkpointing: { timeoutMs, ...kept } });
    expect(decide('SUSPEND', without).kind).toBe('REJECTED');
    expect(decide('SUSPEND', without, { acknowledgeStateLoss: true }).kind).toBe('TRANSITION');
    expect(decide('SAVEPOINT', without).kind).toBe('TRANSITION');
  });

  test('a directory outside the root is an invalid request', () => {
    const outside = { savepoint: { directory: 'file:///elsewhere' } };
    for (const transition of ['SUSPEND', 'SAVEPOINT'] as const)
      expect(rejected(decide(transition, found(running(2)), outside)).type).toBe('InvalidRequest');
  });
});

describe('CANCEL', () => {
  test('asks for nothing: neither tasks that run, nor a program, nor checkpoints that are kept', () => {
    for (const state of ['RUNNING', 'RESTARTING', 'FAILING', 'INITIALIZING', 'CREATED'] as const) {
      const { program, ...observation } = look(found({ ...running(2), state }));
      expect(program?.kind).toBe('READY');
      expect(plan(observation, request('CANCEL'))).toMatchObject({
        kind: 'TRANSITION',
        plan: { ending: 'CANCEL' },
      });
    }
  });

  test('says what is left where checkpoints are not kept', () => {
    const job = running(2);
    if (job.checkpointing === undefined) throw new Error('no checkpointing');
    const deleted = { ...job, checkpointing: { ...job.checkpointing, retainedOnCancel: false } };
    expect(planned(decide('CANCEL', found(deleted))).warnings).toEqual([
      expect.stringContaining('nothing of its state is left'),
    ]);
    expect(planned(decide('CANCEL', found({ ...deleted, newestSnapshot: checkpoint }))).warnings).toEqual([
      expect.stringContaining('Flink deletes the checkpoints'),
    ]);
    expect(planned(decide('CANCEL', found(job))).warnings).toEqual([]);
  });
});

describe('a job that is over already', () => {
  const left = { kind: 'STOPPED', job: stopped() } as const;

  test('is suspended and cancelled at once, and its state is named', () => {
    expect(decide('SUSPEND', left)).toMatchObject({
      kind: 'OVER',
      outcome: 'SUSPENDED',
      snapshot: savepoint,
    });
    expect(decide('CANCEL', left)).toMatchObject({ kind: 'OVER', outcome: 'CANCELLED', snapshot: savepoint });
    expect(rejected(decide('SAVEPOINT', left)).reasons.join()).toContain(savepoint.path);
  });

  test('that left nothing is cancelled all the same', () => {
    const ended = { id: jobId, name: 'orders', state: 'FAILED' } as const;
    expect(decide('CANCEL', { ...unknown, ended })).toMatchObject({ kind: 'OVER', outcome: 'CANCELLED' });
  });
});

test.each(['SUSPEND', 'CANCEL', 'SAVEPOINT'] as const)(
  '%s of what nobody knows, or of several, is refused as a rescale is',
  (transition) => {
    expect(decide(transition, unknown)).toEqual(decide('RESCALE', unknown));
    const two = ['a', 'b'].map((id) => ({ id: id.repeat(32), name: 'orders', state: 'RUNNING' as const }));
    const ambiguous: JobLookup = { kind: 'AMBIGUOUS', candidates: two };
    expect(decide(transition, ambiguous)).toEqual(decide('RESCALE', ambiguous));
  },
);
