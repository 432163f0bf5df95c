import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type {
  JobLookup,
  Observation,
  ObservedJob,
  Program,
  StoppedJob,
} from '../../src/contracts/observation';
import type { RescaleInput, RescaleStatus, Transition, TransitionRequest } from '../../src/contracts/rescale';
import { transitions } from '../../src/contracts/rescale';
import type { Snapshot } from '../../src/contracts/snapshot';
import { projectDir } from '../../src/dev/paths';
import { byHand, stepsOf } from '../../src/planning/by-hand';
import { rescaleWorkflowId } from '../../src/planning/ids';
import { plan } from '../../src/planning/plan';
import type { Decision, Plan } from '../../src/planning/plan';
import { nextAfter } from '../../src/planning/report';
import { parseRequest } from '../../src/planning/request';
import { describeRun, operatorOptions } from '../../src/workflows/describe';
import { ask, flinkUrl, jar, jobId, newJar, rejected, running, seen } from '../kit/plans';

/** START, SUSPEND, CANCEL and SAVEPOINT: what is asked for, and what is decided. */

const workflowId = rescaleWorkflowId('local', 'orders');
const inputs: Readonly<Record<Transition, RescaleInput>> = {
  RESCALE: { job: 'orders', parallelism: 4 },
  START: { job: 'orders', transition: 'START', parallelism: 4, artifact: { jar: 'orders.jar' } },
  SUSPEND: { job: 'orders', transition: 'SUSPEND' },
  CANCEL: { job: 'orders', transition: 'CANCEL' },
  SAVEPOINT: { job: 'orders', transition: 'SAVEPOINT' },
};
const others = ['START', 'SUSPEND', 'CANCEL', 'SAVEPOINT'] as const;

function request(transition: Transition, more: Partial<RescaleInput> = {}): TransitionRequest {
  const parsed = parseRequest({ ...inputs[transition], ...more }, workflowId);
  if (parsed.kind !== 'REQUEST') throw new Error(parsed.problems.join('\n'));
  return parsed.request;
}

const problemsOf = (raw: object) => {
  const parsed = parseRequest(raw, workflowId);
  return parsed.kind === 'INVALID' ? parsed.problems : [];
};

const savepoint: Snapshot = {
  kind: 'SAVEPOINT',
  path: 'file:/data/sp/orders/savepoint-1',
  jobId,
  checkpointId: 7,
};
const checkpoint: Snapshot = { kind: 'CHECKPOINT', path: 'file:/data/cp/chk-9', jobId, checkpointId: 9 };
const { id, name, vertices, parallelism } = running(2);
const stopped = (snapshot = savepoint): StoppedJob => ({
  ...{ id, name, vertices, parallelism, state: 'FINISHED', snapshot },
  newestSavepoint: { snapshot: savepoint, takenByJob: true },
});
const unknown: JobLookup = { kind: 'UNKNOWN', live: [] };
const found = (job: ObservedJob): JobLookup => ({ kind: 'FOUND', job, namesakes: [] });

const look = (job: JobLookup, change: Partial<Observation> = {}): Observation => ({
  ...seen(ask(), running(2)),
  slots: { total: 8, available: 8, onDemand: false },
  job,
  ...change,
});
const decide = (
  transition: Transition,
  job: JobLookup,
  more: Partial<RescaleInput> = {},
  change: Partial<Observation> = {},
) => plan(look(job, change), request(transition, more));

function planned(decision: Decision): Exclude<Plan, { transition: 'RESCALE' }> {
  if (decision.kind !== 'TRANSITION') throw new Error(`no plan: ${JSON.stringify(decision)}`);
  return decision.plan;
}

function origin(decision: Decision) {
  const made = planned(decision);
  return made.transition === 'START' ? made.origin : undefined;
}

describe('the input', () => {
  test.each(transitions)('of %s is valid as it is', (transition) => {
    expect(problemsOf(inputs[transition])).toEqual([]);
    expect(request(transition).transition).toBe(transition);
  });

  test.each(['RESCALE', 'START'] as const)('of %s needs a parallelism', (transition) => {
    expect(problemsOf({ ...inputs[transition], parallelism: undefined })).toEqual([
      '"parallelism" is missing; it must be a whole number from 1 to 32768',
    ]);
  });

  test('of START needs an artifact, and has no "jobId"', () => {
    expect(problemsOf({ ...inputs.START, artifact: undefined })).toEqual([
      '"artifact" is missing; it must be an object such as {"jar": "orders.jar"}',
    ]);
    expect(problemsOf({ ...inputs.START, jobId })).toEqual([
      '"jobId" is refused: a START gives the job an id of its own, so leave it out',
    ]);
  });

  test.each(['RESCALE', 'SUSPEND', 'CANCEL', 'SAVEPOINT'] as const)(
    'of %s has no "startFrom", and says where it belongs',
    (transition) => {
      expect(problemsOf({ ...inputs[transition], startFrom: { path: 'file:/sp/1' } })).toEqual([
        '"startFrom" is refused: it says what a job begins from that does not run; valid: with "transition": "START"',
      ]);
    },
  );

  test('P19: of SUSPEND alone may ask for a drain', () => {
    const drain = { savepoint: { drain: true } };
    expect(request('SUSPEND', drain).savepoint.drain).toBe(true);
    for (const transition of ['RESCALE', 'START', 'CANCEL', 'SAVEPOINT'] as const)
      expect(problemsOf({ ...inputs[transition], ...drain })).toEqual([
        expect.stringMatching(/^"savepoint.drain" is refused: a drain ends all windows/),
      ]);
  });

  test('of SUSPEND stops with a savepoint, and no other way', () => {
    expect(problemsOf({ ...inputs.SUSPEND, savepoint: { mode: 'SAVEPOINT_THEN_CANCEL' } })).toEqual([
      '"savepoint.mode" is "SAVEPOINT_THEN_CANCEL"; it must be "STOP_WITH_SAVEPOINT": a suspend loses and repeats nothing',
    ]);
  });

  test('a transition that there is not: the nearest is named, and can be started', () => {
    const parsed = parseRequest({ job: 'orders', transition: 'SUSPENDED' }, workflowId);
    expect(parsed).toMatchObject({
      problems: [
        '"transition" is "SUSPENDED"; it must be one of RESCALE, START, SUSPEND, CANCEL, SAVEPOINT; did you mean "SUSPEND"?',
      ],
      suggestion: { input: { job: 'orders', transition: 'SUSPEND' } },
    });
  });
});

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
    const narrow = vertices.map((vertex) => ({ ...vertex, maxParallelism: 3 }));
    const left: JobLookup = { kind: 'STOPPED', job: { ...stopped(), vertices: narrow } };
    expect(rejected(decide('START', left)).reasons.join()).toContain('above the maxParallelism 3');
    const empty = { restoreStrategy: 'NONE', acknowledgeStateLoss: true } as const;
    expect(origin(decide('START', left, empty))).toEqual({ kind: 'EMPTY' });
  });
});

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

test.each([
  ['START', '**orders: START at 4**, LATEST_STATE'],
  ['SUSPEND', '**orders: SUSPEND**, parallelism 2'],
  ['CANCEL', '**orders: CANCEL**, parallelism 2'],
  ['SAVEPOINT', '**orders: SAVEPOINT**, parallelism 2'],
] as const)('the details of %s begin with what it is', (transition, line) => {
  const status: RescaleStatus = {
    ...{ phase: 'PLANNING' as const, attempt: 1, failedTries: [], cluster: 'local', job: 'orders' },
    ...{ from: { jobId, parallelism: 2 }, timings: [], warnings: [], operator: [] },
  };
  const [first] = describeRun(status, request(transition), []).split('\n');
  expect(first).toBe(line);
});

test.each([
  ['RESCALE', 'until a job runs'],
  ['START', 'until the job runs, or what was submitted is ended'],
  ['SUSPEND', 'until it is known what the job has come to'],
  ['CANCEL', 'until it is known what the job has come to'],
  ['SAVEPOINT', 'until it is known what the job has come to'],
] as const)('%s: what an operator waits for', (transition, what) => {
  const options = operatorOptions('STOPPING', { workflowId, aborted: false, stuck: false, transition });
  expect(options).toEqual([{ what: expect.stringContaining(what) }]);
});

test('the commands of docs/operate.md are valid, one for each transition', () => {
  const document = readFileSync(join(projectDir, 'docs', 'operate.md'), 'utf8');
  const [, section = ''] = document.split('\n## Suspend, resume, cancel, take a savepoint\n');
  const [text = ''] = section.split('\n## ');
  const started = [...text.matchAll(/--workflow-id (\S+) --input '(.*)'$/gm)].map(
    ([, id = '', input = '']) => {
      const parsed = parseRequest(JSON.parse(input), id);
      return parsed.kind === 'REQUEST' ? parsed.request.transition : parsed.problems.join();
    },
  );
  expect(started.sort()).toEqual([...others].sort());
});
