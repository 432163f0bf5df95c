import fc from 'fast-check';
import { defaultTimeouts } from '../../src/contracts/rescale';
import type { RescaleInput } from '../../src/contracts/rescale';
import { rescaleWorkflowId } from '../../src/planning/ids';
import { effectiveTimeouts, parseRequest } from '../../src/planning/request';
import type { Parsed } from '../../src/planning/request';

const workflowId = 'rescale/local/orders';
const valid: RescaleInput = { cluster: 'local', job: 'orders', parallelism: 8 };

function refused(raw: unknown, id = workflowId): Extract<Parsed, { kind: 'INVALID' }> {
  const parsed = parseRequest(raw, id);
  if (parsed.kind !== 'INVALID') throw new Error(`${JSON.stringify(raw)} was accepted`);
  return parsed;
}

/** The suggestion, started as it is. */
function suggested(raw: unknown, id = workflowId): Parsed {
  const { suggestion } = refused(raw, id);
  return parseRequest(suggestion.input, suggestion.workflowId);
}

describe('a valid input', () => {
  test('needs two facts; everything else has a default', () => {
    expect(parseRequest({ job: 'orders', parallelism: 8 }, workflowId)).toEqual({
      kind: 'REQUEST',
      request: {
        cluster: 'local',
        job: 'orders',
        parallelism: 8,
        allowNonRestoredState: false,
        acknowledgeStateLoss: false,
        dryRun: false,
        transition: 'RESCALE',
        upgradeStrategy: 'STATEFUL',
        restoreStrategy: 'LATEST_STATE',
        savepoint: { mode: 'STOP_WITH_SAVEPOINT', keep: true },
        maxSavepointCreationAttempts: 4,
        maxJobCreationAttempts: 4,
        timeouts: {},
        mechanism: 'RESTART',
        ifNotReached: 'PUT_BACK',
      },
    });
  });

  test('keeps what it says', () => {
    const input = {
      ...valid,
      jobId: 'a'.repeat(32),
      artifact: {
        jar: 'orders.jar',
        entryClass: 'x.Main',
        args: ['--a', 'b c'],
        flinkConfiguration: { k: 'v' },
      },
      previousArtifact: { jar: 'orders-1.jar' },
      savepoint: { format: 'NATIVE' as const, directory: 's3://b/sp' },
      maxSavepointCreationAttempts: 1,
      maxJobCreationAttempts: 9,
      timeouts: { stop: 1_000, restore: 2_000 },
      reason: 'peak',
    };
    expect(parseRequest(input, workflowId)).toMatchObject({ kind: 'REQUEST', request: input });
  });

  test('takes the cluster from the workflow id if it leaves it out', () => {
    const parsed = parseRequest({ job: 'orders', parallelism: 8 }, 'rescale/eu-west/orders');
    expect(parsed).toMatchObject({ kind: 'REQUEST', request: { cluster: 'eu-west' } });
  });

  test.each([1, 32_768])('goes to parallelism %d', (parallelism) => {
    expect(parseRequest({ ...valid, parallelism }, workflowId).kind).toBe('REQUEST');
  });
});

test.each([true, false])('P19: drain (%s) is refused, and why; the suggestion goes without it', (drain) => {
  const raw = { job: 'orders', parallelism: 8, savepoint: { format: 'NATIVE', drain } };
  expect(parseRequest(raw, 'rescale/local/orders')).toEqual({
    kind: 'INVALID',
    problems: [
      '"savepoint.drain" is refused: a drain ends all windows as if there were no more input, which is for retiring ' +
        'a job; a rescale never drains, so leave it out',
    ],
    suggestion: {
      workflowId: 'rescale/local/orders',
      input: { job: 'orders', parallelism: 8, savepoint: { format: 'NATIVE' } },
    },
  });
});

describe('an unknown field', () => {
  test.each([
    ['paralelism', 'parallelism'],
    ['Parallelism', 'parallelism'],
    ['jobID', 'jobId'],
    ['artefact', 'artifact'],
    ['savepoints', 'savepoint'],
    ['timeout', 'timeouts'],
    ['maxSavepointCreationAtempts', 'maxSavepointCreationAttempts'],
  ])('%s: the nearest is named, and all that are valid', (typo, field) => {
    const { problems } = refused({ ...valid, [typo]: 8 });
    expect(problems).toEqual([
      expect.stringMatching(
        new RegExp(`^unknown field "${typo}"; did you mean "${field}"\\? Valid fields: cluster, job, `),
      ),
    ]);
  });

  test('that is like none is named with all that are valid', () => {
    expect(refused({ ...valid, verbose: true }).problems).toEqual([
      expect.stringMatching(
        /^unknown field "verbose"; valid fields: cluster, job, jobId, parallelism, .*, reason$/,
      ),
    ]);
  });

  test.each([
    [{ savepoint: { formt: 'NATIVE' } }, 'savepoint.formt', 'format', 'format, mode, directory, keep'],
    [{ timeouts: { stopp: 5 } }, 'timeouts.stopp', 'stop', Object.keys(defaultTimeouts).join(', ')],
    [
      { artifact: { jar: 'a.jar', arg: ['x'] } },
      'artifact.arg',
      'args',
      'jar, entryClass, args, flinkConfiguration',
    ],
    [
      { previousArtifact: { jar: 'a.jar', entryclass: 'x' } },
      'previousArtifact.entryclass',
      'entryClass',
      'jar, entryClass, args, flinkConfiguration',
    ],
  ])('in %j: likewise, among the fields of that object', (part, name, field, fields) => {
    const problem = `unknown field "${name}"; did you mean "${field}"? Valid fields: ${fields}`;
    expect(refused({ ...valid, ...part }).problems).toEqual([problem]);
    expect(suggested({ ...valid, ...part }).kind).toBe('REQUEST');
  });

  test('that stands for a required one is told once, and the suggestion has it respelt', () => {
    const { problems, suggestion } = refused({ job: 'orders', paralelism: 8 });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain('unknown field "paralelism"; did you mean "parallelism"?');
    expect(suggestion).toEqual({ workflowId, input: { job: 'orders', parallelism: 8 } });
  });

  test('never takes the place of the field that it is like', () => {
    expect(suggested({ ...valid, paralelism: 99 })).toMatchObject({
      kind: 'REQUEST',
      request: { parallelism: 8 },
    });
  });
});

describe('a choice that this version cannot make', () => {
  test.each([
    [
      { mechanism: 'CHECKPOINT' },
      '"mechanism" is "CHECKPOINT"; it must be "RESTART" or "IN_PLACE" or "REACTIVE" or "AUTO"',
    ],
    [
      { ifNotReached: 'ROLLBACK' },
      '"ifNotReached" is "ROLLBACK"; it must be "PUT_BACK" or "KEEP" or "RESTART"',
    ],
    [{ upgradeStrategy: 'NONE' }, '"upgradeStrategy" is "NONE"; it must be "STATEFUL" or "STATELESS"'],
    [
      { restoreStrategy: 'LATEST' },
      '"restoreStrategy" is "LATEST"; it must be "LATEST_STATE" or "LATEST_SAVEPOINT" or "NONE"',
    ],
    [
      { savepoint: { mode: 'STOP' } },
      '"savepoint.mode" is "STOP"; it must be "STOP_WITH_SAVEPOINT" or "SAVEPOINT_THEN_CANCEL"',
    ],
  ])('%j: said so, with what it can do, and startable without it', (part, problem) => {
    expect(refused({ ...valid, ...part }).problems).toEqual([problem]);
    expect(suggested({ ...valid, ...part })).toEqual(parseRequest(valid, workflowId));
  });

  test.each([
    [{ upgradeStrategy: 'STATELES' }, 'STATELESS', { upgradeStrategy: 'STATELESS' as const }],
    [{ savepoint: { format: 'native' } }, 'NATIVE', { savepoint: { format: 'NATIVE' as const } }],
  ])('%j: was misspelt, so the nearest is named and suggested', (part, meant, right) => {
    expect(refused({ ...valid, ...part }).problems).toEqual([
      expect.stringMatching(new RegExp(`; it must be .*; did you mean "${meant}"\\?$`)),
    ]);
    expect(suggested({ ...valid, ...part })).toEqual(parseRequest({ ...valid, ...right }, workflowId));
  });
});

describe('a value of the wrong kind', () => {
  test.each([
    [{ parallelism: '8' }, '"parallelism" is "8"; it must be a whole number from 1 to 32768'],
    [{ parallelism: 0 }, '"parallelism" is 0; it must be a whole number from 1 to 32768'],
    [{ parallelism: -4 }, '"parallelism" is -4; it must be a whole number from 1 to 32768'],
    [{ parallelism: 32_769 }, '"parallelism" is 32769; it must be a whole number from 1 to 32768'],
    [{ parallelism: 4.5 }, '"parallelism" is 4.5; it must be a whole number from 1 to 32768'],
    [{ parallelism: null }, '"parallelism" is null; it must be a whole number from 1 to 32768'],
    [{ parallelism: undefined }, '"parallelism" is missing; it must be a whole number from 1 to 32768'],
    [{ job: '' }, '"job" is ""; it must not be empty'],
    [{ job: 7 }, '"job" is 7; it must be a string'],
    [{ jobId: 'orders' }, '"jobId" is "orders"; it must be a Flink job id: 32 hex digits'],
    [{ jobId: 'A'.repeat(32) }, `"jobId" is "${'A'.repeat(32)}"; it must be a Flink job id: 32 hex digits`],
    [
      { artifact: 'orders.jar' },
      '"artifact" is "orders.jar"; it must be an object such as {"jar": "orders.jar"}',
    ],
    [
      { artifact: {} },
      '"artifact.jar" is missing; it must be the name of a jar in the cluster’s artifact folder',
    ],
    [{ artifact: { jar: 'a.jar', args: '--x' } }, '"artifact.args" is "--x"; it must be a list of strings'],
    [
      { artifact: { jar: 'a.jar', flinkConfiguration: { k: 1 } } },
      '"artifact.flinkConfiguration.k" is 1; it must be a string',
    ],
    [{ savepoint: { directory: '' } }, '"savepoint.directory" is ""; it must not be empty'],
    [
      { timeouts: { stop: '3 min' } },
      '"timeouts.stop" is "3 min"; it must be a whole number of milliseconds, at least 1',
    ],
    [
      { timeouts: { stop: 0 } },
      '"timeouts.stop" is 0; it must be a whole number of milliseconds, at least 1',
    ],
    [{ maxJobCreationAttempts: 0 }, '"maxJobCreationAttempts" is 0; it must be a whole number, at least 1'],
  ])('%j is named with its place and what is valid', (part, problem) => {
    expect(refused({ ...valid, ...part }).problems).toEqual([problem]);
  });

  test.each([
    [undefined, 'missing'],
    [null, 'null'],
    ['orders', '"orders"'],
    [8, '8'],
    [[valid], expect.any(String)],
  ])('%j is not an input at all: the workflow id says of which job it should be', (raw, is) => {
    const { problems, suggestion } = refused(raw);
    expect(problems).toEqual([
      expect.stringMatching(/^the input is .*; it must be an object such as \{.*\}$/),
    ]);
    if (typeof is === 'string') expect(problems[0]).toContain(`is ${is};`);
    const gap = '<a whole number from 1 to 32768>';
    expect(suggestion).toEqual({ workflowId, input: { job: 'orders', parallelism: gap } });
    expect(refused(raw, 'x').suggestion.workflowId).toBe('rescale/CLUSTER/JOB');
  });

  test('that is a number in quotes is suggested without them', () => {
    const quoted = { ...valid, parallelism: '16', dryrun: 'true', timeouts: { stop: '5' } };
    expect(suggested(quoted)).toMatchObject({
      kind: 'REQUEST',
      request: { parallelism: 16, dryRun: true, timeouts: { stop: 5 } },
    });
  });

  test('that nobody can guess stands in the suggestion as what it must be, and everything else as it was', () => {
    const savepoint = { directory: '' };
    const { suggestion } = refused({ ...valid, parallelism: 0, jobId: 'orders', reason: 'peak', savepoint });
    expect(suggestion).toEqual({
      workflowId,
      input: {
        ...valid,
        parallelism: '<a whole number from 1 to 32768>',
        jobId: '<a Flink job id: 32 hex digits>',
        reason: 'peak',
        savepoint: { directory: '<not be empty>' },
      },
    });
  });
});

describe('a workflow id that does not lock the job', () => {
  const mustBe = (id: string, right: string) =>
    `the workflow id is "${id}", but it is the lock of the job and must be "${right}"`;

  test.each([
    ['my-rescale', valid, 'rescale/local/orders'],
    ['rescale/local/payments', valid, 'rescale/local/orders'],
    ['rescale/prod/orders', valid, 'rescale/local/orders'],
    ['deployment/local/orders', valid, 'rescale/local/orders'],
    ['rescale/local/orders/', valid, 'rescale/local/orders'],
    ['Rescale/local/orders', valid, 'rescale/local/orders'],
    ['rescale/local/order%73', valid, 'rescale/local/orders'],
    ['rescale/local/payments', { job: 'orders', parallelism: 8 }, 'rescale/local/orders'],
    ['rescale/local/daily report', { job: 'daily report', parallelism: 8 }, 'rescale/local/daily%20report'],
  ])('%s for %j: refused, with the right one', (id, input, right) => {
    expect(refused(input, id)).toEqual({
      kind: 'INVALID',
      problems: [mustBe(id, right)],
      suggestion: { workflowId: right, input },
    });
    expect(suggested(input, id).kind).toBe('REQUEST');
  });

  test('and no cluster anywhere: the right one is said as far as it is known', () => {
    const { problems } = refused({ job: 'orders', parallelism: 8 }, 'my-rescale');
    expect(problems).toEqual([
      `${mustBe('my-rescale', 'rescale/CLUSTER/orders')}, where CLUSTER is its name in weir.yaml`,
    ]);
  });

  test('is told beside what is wrong in the input, all at once; what is suggested mends all of it', () => {
    const input = { cluster: 'local', job: 'orders', paralelism: 8, mechanism: 'CHECKPOINT' };
    const { problems } = refused(input, 'x');
    expect(problems).toEqual([
      '"mechanism" is "CHECKPOINT"; it must be "RESTART" or "IN_PLACE" or "REACTIVE" or "AUTO"',
      expect.stringContaining('unknown field "paralelism"'),
      mustBe('x', workflowId),
    ]);
    expect(suggested(input, 'x')).toEqual(parseRequest(valid, workflowId));
  });

  test('is told also when a value is wrong that nobody can guess', () => {
    const { problems, suggestion } = refused({ ...valid, parallelism: 'many' }, 'x');
    expect(problems).toContain(mustBe('x', workflowId));
    expect(suggestion.workflowId).toBe(workflowId);
  });
});

describe('whatever a job is called', () => {
  const name = fc.oneof(
    fc.string({ unit: 'grapheme', minLength: 1 }),
    fc.constantFrom(
      'daily report',
      'a/b',
      '../x',
      '100%',
      '50%25',
      "it's",
      'Zählung',
      '注文',
      '🧮',
      '?#&=',
      '%2F',
      'a\nb',
    ),
  );

  test('its one workflow id locks it, and carries the cluster', () => {
    fc.assert(
      fc.property(name, name, (cluster, job) => {
        const parsed = parseRequest({ job, parallelism: 8 }, rescaleWorkflowId(cluster, job));
        expect(parsed).toMatchObject({ kind: 'REQUEST', request: { cluster, job } });
      }),
    );
  });

  test('no other job’s id does, and the right one is suggested', () => {
    fc.assert(
      fc.property(name, name, (job, other) => {
        fc.pre(job !== other);
        expect(suggested({ ...valid, job }, rescaleWorkflowId('local', other))).toMatchObject({
          kind: 'REQUEST',
          request: { job },
        });
      }),
    );
  });

  test('half of a surrogate pair is refused: no id could be made of it', () => {
    for (const part of [{ job: 'a\ud800' }, { cluster: '\udc00' }]) {
      expect(refused({ ...valid, ...part }).problems).toEqual([
        expect.stringContaining('must be well-formed Unicode'),
      ]);
    }
  });
});

test('any JSON at all is answered, never thrown at', () => {
  const key = fc.constantFrom(
    'cluster',
    'job',
    'paralelism',
    'parallelism',
    'savepoint',
    'artifact',
    '__proto__',
    'toString',
  );
  const input = fc.oneof(
    fc.jsonValue(),
    fc.dictionary(key, fc.oneof(fc.jsonValue(), fc.nat(), fc.dictionary(key, fc.jsonValue()))),
  );
  fc.assert(
    fc.property(input, fc.oneof(fc.constant(workflowId), fc.string()), (raw, id) => {
      const parsed = parseRequest(raw, id);
      if (parsed.kind === 'INVALID') expect(parsed.problems).not.toEqual([]);
    }),
    { numRuns: 1_000 },
  );
});

test('time-outs: the input’s count before the cluster’s, and those before the defaults', () => {
  const parsed = parseRequest({ ...valid, timeouts: { stop: 1 } }, workflowId);
  if (parsed.kind !== 'REQUEST') throw new Error('refused');
  const counted = effectiveTimeouts(parsed.request, { stop: 2, restart: 3 });
  expect(counted).toEqual({ ...defaultTimeouts, stop: 1, restart: 3 });
});
