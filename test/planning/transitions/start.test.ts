import type { JobLookup, Program } from '../../../src/contracts/observation';
import type { RescaleInput } from '../../../src/contracts/rescale';
import type { Snapshot } from '../../../src/contracts/snapshot';
import { plan } from '../../../src/planning/plan';
import { nextAfter } from '../../../src/planning/report';
import { parseRequest } from '../../../src/planning/request';
import { flinkUrl, jar, jobId, newJar, rejected, running } from '../../kit/plans';
import {
  checkpoint,
  decide,
  found,
  look,
  origin,
  planned,
  request,
  savepoint,
  stopped,
  unknown,
  workflowId,
} from '../../kit/transitions';

/** START: what is decided. */

describe('START', () => {
  test('begins from what the last job left, whose end is proven first', () => {
    expect(planned(decide('START', { kind: 'STOPPED', job: stopped() }))).toMatchObject({
      transition: 'START',
      last: { id: jobId, parallelism: 2 },
      origin: { kind: 'SNAPSHOT', snapshot: savepoint },
      next: { jar, parallelism: 4, allowNonRestoredState: false },
      warnings: [],
    });
  });

  test.each<{ of: string; shown: Snapshot; given: RescaleInput['startFrom']; path: string }>([
    {
      ...{ of: 'the newer by its time', shown: { ...savepoint, completedAt: 1 } },
      ...{ given: { path: 'file:/sp/2', completedAt: 2 }, path: 'file:/sp/2' },
    },
    {
      ...{ of: 'the newer by its checkpoint id, of one job', shown: savepoint },
      ...{ given: { path: 'file:/sp/2', jobId, checkpointId: 8 }, path: 'file:/sp/2' },
    },
    {
      ...{ of: 'what Flink shows, if that is newer', shown: { ...savepoint, completedAt: 3 } },
      ...{ given: { path: 'file:/sp/2', completedAt: 2 }, path: savepoint.path },
    },
    {
      ...{ of: 'what Flink shows, where that cannot be told', shown: savepoint },
      ...{ given: { path: 'file:/sp/2', completedAt: 2 }, path: savepoint.path },
    },
  ])('P14: of what Flink shows and "startFrom": $of', ({ shown, given, path }) => {
    const decision = decide('START', { kind: 'STOPPED', job: stopped(shown) }, { startFrom: given });
    expect(origin(decision)).toMatchObject({ kind: 'SNAPSHOT', snapshot: { path } });
  });

  test('of a job that Flink has forgotten begins from "startFrom", and proves the end of the job that wrote it', () => {
    const startFrom = { path: 'file:/sp/2', jobId: 'c'.repeat(32) };
    const made = planned(decide('START', unknown, { startFrom }));
    expect(made).toMatchObject({ last: { id: startFrom.jobId }, origin: { snapshot: startFrom } });
  });

  test('is refused where the job that wrote "startFrom" lives, under another name', () => {
    const writer = 'c'.repeat(32);
    const lookup: JobLookup = { kind: 'UNKNOWN', live: [{ id: writer, name: 'clicks', state: 'RUNNING' }] };
    const startFrom = { path: 'file:/sp/2', jobId: writer };
    const { reasons } = rejected(decide('START', lookup, { startFrom }));
    expect(reasons).toEqual([expect.stringContaining(`job ${writer}, which wrote "startFrom", is RUNNING`)]);
  });

  test('LATEST_SAVEPOINT never begins from a checkpoint', () => {
    const latest = { restoreStrategy: 'LATEST_SAVEPOINT' } as const;
    const left = { kind: 'STOPPED', job: stopped(checkpoint) } as const;
    expect(origin(decide('START', left, latest))).toEqual({ kind: 'SNAPSHOT', snapshot: savepoint });
    expect(origin(decide('START', left))).toEqual({ kind: 'SNAPSHOT', snapshot: checkpoint });
    const startFrom = { path: 'file:/cp/2', kind: 'CHECKPOINT' } as const;
    expect(rejected(decide('START', unknown, { ...latest, startFrom }))).toMatchObject({
      reasons: [expect.stringContaining('only a checkpoint; valid: "restoreStrategy": "LATEST_STATE"')],
      suggestion: { restoreStrategy: 'LATEST_STATE' },
    });
  });

  test('P18: LATEST_SAVEPOINT, which is older than what the job did since, needs acknowledgeStateLoss', () => {
    const job = { ...stopped(checkpoint), newestSavepoint: { snapshot: savepoint, takenByJob: false } };
    const input = { restoreStrategy: 'LATEST_SAVEPOINT' } as const;
    const { reasons } = rejected(decide('START', { kind: 'STOPPED', job }, input));
    expect(reasons).toEqual([expect.stringContaining('is older than the job')]);
    const acknowledged = { ...input, acknowledgeStateLoss: true };
    expect(planned(decide('START', { kind: 'STOPPED', job }, acknowledged)).warnings).toEqual([
      expect.stringContaining('does not begin from the checkpoint'),
    ]);
  });

  test('of what was never seen is empty only where that is said; state that is known is given up only on purpose', () => {
    const none = { restoreStrategy: 'NONE' } as const;
    expect(rejected(decide('START', unknown))).toMatchObject({
      ...{ type: 'PlanRejected', suggestion: { restoreStrategy: 'NONE' } },
    });
    expect(origin(decide('START', unknown, none))).toEqual({ kind: 'EMPTY' });
    const left = { kind: 'STOPPED', job: stopped() } as const;
    for (const [lookup, more] of [
      [left, {}],
      [unknown, { startFrom: { path: 'file:/sp/2' } }],
    ] as const) {
      expect(rejected(decide('START', lookup, { ...none, ...more })).reasons).toEqual([
        expect.stringContaining('"restoreStrategy": "NONE" starts the job without its state'),
      ]);
      const acknowledged = { ...none, ...more, acknowledgeStateLoss: true };
      expect(origin(decide('START', lookup, acknowledged))).toEqual({ kind: 'EMPTY' });
    }
  });

  test('of a job that runs as asked is UNCHANGED; of another the command is a rescale', () => {
    const asIs = { parallelism: 2 };
    expect(decide('START', found(running(2)), asIs)).toMatchObject({ kind: 'UNCHANGED', job: { id: jobId } });
    const { program } = look(unknown);
    if (program?.kind !== 'READY') throw new Error('no program');
    const upgraded: Program = { ...program, jar: newJar };
    for (const [more, change] of [
      [{}, {}],
      [asIs, { program: upgraded }],
    ] as const) {
      const startFrom = { path: 'file:/sp/1' };
      const asked = request('START', { ...more, startFrom });
      const { reasons, suggestion } = rejected(plan(look(found(running(2)), change), asked));
      expect(reasons).toEqual([expect.stringContaining('is RUNNING at parallelism 2')]);
      const next = nextAfter({ taskQueue: 'weir', request: asked, flinkUrl }, suggestion);
      const [, input = ''] = /--input '(.*)'/.exec(next) ?? [];
      const again = parseRequest(JSON.parse(input), workflowId);
      expect(again).toMatchObject({ kind: 'REQUEST', request: { transition: 'RESCALE' } });
    }
  });

  test('needs slots, and as many key groups as the state has, if it begins with state', () => {
    const few = { slots: { total: 8, available: 1, onDemand: false } };
    expect(rejected(decide('START', unknown, { restoreStrategy: 'NONE' }, few)).reasons).toEqual([
      expect.stringContaining('4 slots are needed and 1 are free'),
    ]);
    const narrow = running(2).vertices.map((vertex) => ({ ...vertex, maxParallelism: 3 }));
    const left: JobLookup = { kind: 'STOPPED', job: { ...stopped(), vertices: narrow } };
    expect(rejected(decide('START', left)).reasons.join()).toContain('above the maxParallelism 3');
    const empty = { restoreStrategy: 'NONE', acknowledgeStateLoss: true } as const;
    expect(origin(decide('START', left, empty))).toEqual({ kind: 'EMPTY' });
  });
});
