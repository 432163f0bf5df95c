import fc from 'fast-check';
import { spawnSync } from 'node:child_process';
import type { FailureReport } from '../../src/contracts/failures';
import { defaultTimeouts } from '../../src/contracts/rescale';
import type { Artifact, RescaleInput, RescaleRequest } from '../../src/contracts/rescale';
import type { Snapshot } from '../../src/contracts/snapshot';
import { rescaleWorkflowId } from '../../src/planning/ids';
import type { Launch, RescalePlan } from '../../src/planning/plan';
import * as report from '../../src/planning/report';
import type { Teller } from '../../src/planning/report';
import { parseRequest } from '../../src/planning/request';

const jobId = 'a'.repeat(32);
const newId = 'b'.repeat(32);
const snapshot: Snapshot = { kind: 'SAVEPOINT', path: 'file:/data/sp/orders/savepoint-1', jobId };

function ask(input: Partial<RescaleInput> = {}): RescaleRequest {
  const { job = 'orders' } = input;
  const parsed = parseRequest({ job, parallelism: 4, ...input }, rescaleWorkflowId('local', job));
  if (parsed.kind !== 'REQUEST') throw new Error(parsed.problems.join('\n'));
  const { request } = parsed;
  if (request.transition !== 'RESCALE') throw new Error(`it is a ${request.transition}`);
  return request;
}

const tell = (request = ask()): Teller => ({ taskQueue: 'weir', request, flinkUrl: 'http://127.0.0.1:8081' });

function launch(
  parallelism: number,
  artifact: Artifact = { jar: 'orders.jar', args: ['--rate', '500'] },
): Launch {
  return {
    ...{ jar: { artifact, jarId: 'x', sha256: '0' }, parallelism, vertices: [{ id: 'v', parallelism }] },
    allowNonRestoredState: false,
  };
}

function planned(artifact?: Artifact): RescalePlan {
  return {
    transition: 'RESCALE',
    job: {
      id: jobId,
      name: 'orders',
      vertices: [{ id: 'v' }],
      startedAt: 1,
      restarts: 0,
      restartsForEver: true,
    },
    namesakes: [],
    ending: 'STOP_WITH_SAVEPOINT',
    restore: 'LATEST_STATE',
    savepoint: { format: 'CANONICAL', directory: 'file:///data/sp/orders', tryMs: 1, keep: true },
    predictedDowntime: { basis: 'none' },
    next: launch(4, artifact),
    previous: launch(2, artifact),
    attempts: { savepoint: 4, job: 4 },
    timeouts: defaultTimeouts,
    warnings: [],
  };
}

/** What a shell makes of a command: its words. Nothing of the command is run. */
function wordsOf(command: string): string[] {
  const program = command.split(' ')[0];
  const script = `${program}() { printf '%s\\0' "$@"; }; ${command}`;
  const { stdout, status, stderr } = spawnSync('sh', ['-c', script], { encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout.split('\0').slice(0, -1);
}

/** A `temporal workflow start` as Temporal would see it. */
function started(command: string): { workflowId: string | undefined; input: unknown; words: string[] } {
  const words = wordsOf(command);
  const after = (flag: string) => words[words.indexOf(flag) + 1];
  return { workflowId: after('--workflow-id'), input: JSON.parse(after('--input') ?? ''), words };
}

const startCommand = /temporal workflow start .*$/m;
const causes = ['IOException: No space left on device', 'CheckpointException: expired'];
const runsOn = { kind: 'RUNS_ON', restartsBefore: 1, restartsAfter: 1 } as const;
const startedAgain = {
  kind: 'STARTED_AGAIN',
  jobId: newId,
  found: `job ${jobId} was FAILED`,
  snapshot,
} as const;
const flinkRun = 'flink run -s file:/data/sp/orders/savepoint-1 -p 2 -d orders.jar --rate 500';

const reports: { of: string; report: FailureReport; says: string[] }[] = [
  {
    of: 'an invalid request',
    report: report.rejected('InvalidRequest', ['unknown field "x"'], report.nextAfter(tell(), {})),
    says: [
      'The request cannot be carried out.',
      '(1) unknown field "x"',
      'Now: nothing was touched; whatever ran goes on running.',
      'Kept: everything.',
      'Next: temporal workflow start --fail-existing --task-queue weir --type rescale --workflow-id rescale/local/orders ' +
        `--input '{"cluster":"local","job":"orders","parallelism":4}'`,
    ],
  },
  {
    of: 'a plan that the job does not allow',
    report: report.rejected(
      'PlanRejected',
      ['too high', 'too few slots'],
      report.nextAfter(tell(), undefined),
    ),
    says: [
      'The job cannot be rescaled like this now.',
      '(1) too high',
      '(2) too few slots',
      'Now: nothing was touched; whatever ran goes on running.',
      'Kept: everything.',
      'Next: see what runs: curl -s http://127.0.0.1:8081/jobs/overview',
    ],
  },
  {
    of: 'a savepoint that failed, the job left alone',
    report: report.savepointFailed(tell(), planned(), causes, runsOn),
    says: [
      'The savepoint of orders failed 2 times, so the rescale was given up.',
      '(1) IOException: No space left on device',
      '(2) CheckpointException: expired',
      `Now: job orders (${jobId}) is RUNNING at parallelism 2, left alone.`,
      'Kept: the job and its state, as they were.',
      `Next: once the cause is mended: ${report.startCommand(tell())}`,
    ],
  },
  {
    of: 'a savepoint that failed and made the job restart',
    report: report.savepointFailed(tell(), planned(), causes, { ...runsOn, restartsAfter: 3 }),
    says: [
      'The savepoint of orders failed 2 times, so the rescale was given up.',
      '(1) IOException: No space left on device',
      '(2) CheckpointException: expired',
      `Now: job orders (${jobId}) is RUNNING at parallelism 2; the tries made it restart (restarts before 1, now 3).`,
      'Kept: the job and its state, as they were.',
      `Next: once the cause is mended: ${report.startCommand(tell())}`,
    ],
  },
  {
    of: 'a savepoint that failed with the job, which was started again',
    report: report.savepointFailed(tell(), planned(), causes.slice(0, 1), startedAgain),
    says: [
      'The savepoint of orders failed once, so the rescale was given up.',
      '(1) IOException: No space left on device',
      `Now: job ${jobId} was FAILED; it was started again as job ${newId} and is RUNNING at parallelism 2.`,
      'Kept: the state of savepoint file:/data/sp/orders/savepoint-1, which the job was started again from.',
      `Next: once the cause is mended: ${report.startCommand(tell())}`,
    ],
  },
  {
    of: 'a job that does not settle, which an operator would not wait for',
    report: report.savepointFailed(tell(), planned(), causes.slice(0, 1), {
      kind: 'UNSETTLED',
      state: 'RESTARTING',
      since: Date.UTC(2026, 0, 2, 3, 4, 5),
      why: 'the job is RESTARTING',
    }),
    says: [
      'The savepoint of orders failed once, so the rescale was given up.',
      '(1) IOException: No space left on device',
      `Now: job orders (${jobId}) is RESTARTING since 2026-01-02T03:04:05.000Z: the job is RESTARTING; an operator would not wait longer.`,
      'Kept: the job and its state, as they were.',
      `Next: once the cause is mended: ${report.startCommand(tell())}`,
    ],
  },
  {
    of: 'a new job that did not come',
    report: report.rolledBack(tell(), planned(), {
      jobId: 'c'.repeat(32),
      failedJobId: newId,
      origin: { kind: 'SNAPSHOT', snapshot },
      causes,
    }),
    says: [
      'orders could not be started at parallelism 4 and was rolled back.',
      '(1) IOException: No space left on device',
      '(2) CheckpointException: expired',
      `Now: job orders (${'c'.repeat(32)}) is RUNNING at parallelism 2.`,
      'Kept: all state: it was restored from file:/data/sp/orders/savepoint-1',
      `Next: see why the new job did not start: curl -s http://127.0.0.1:8081/jobs/${newId}/exceptions`,
    ],
  },
  {
    of: 'a new job that did not come, of a job that left no state',
    report: report.rolledBack(tell(), planned(), {
      jobId: 'c'.repeat(32),
      failedJobId: newId,
      origin: { kind: 'EMPTY' },
      causes: [],
    }),
    says: [
      'orders could not be started at parallelism 4 and was rolled back.',
      `Now: job orders (${'c'.repeat(32)}) is RUNNING at parallelism 2.`,
      'Kept: no state: there was none to restore, and its loss was acknowledged.',
      `Next: see why the new job did not start: curl -s http://127.0.0.1:8081/jobs/${newId}/exceptions`,
    ],
  },
  {
    of: 'no job that runs, its state known',
    report: report.jobDown(planned(), {
      what: 'orders could not be started again.',
      snapshot,
      causes: ['no slots'],
    }),
    says: [
      'orders could not be started again.',
      '(1) no slots',
      'Now: no job named orders runs.',
      'Kept: its state, in savepoint file:/data/sp/orders/savepoint-1',
      `Next: ${flinkRun}`,
    ],
  },
  {
    of: 'a job of which it is not known whether it runs',
    report: report.jobDown(planned(), { what: 'It was given up.', snapshot, causes: [], mayBeLive: [newId] }),
    says: [
      'It was given up.',
      `Now: it is not known whether ${newId} still runs: cancel it before you start another.`,
      'Kept: its state, in savepoint file:/data/sp/orders/savepoint-1',
      `Next: ${flinkRun}`,
    ],
  },
  {
    of: 'no job that runs, and no state that is known',
    report: report.jobDown(planned(), { what: 'The savepoint failed.', causes: ['no space'] }),
    says: [
      'The savepoint failed.',
      '(1) no space',
      'Now: no job named orders runs.',
      'Kept: no snapshot of it is known, and it was not started empty.',
      'Next: look for a retained checkpoint of the job in its checkpoint folder, then: flink run -s <path> ...',
    ],
  },
  {
    of: 'a job that finished by itself',
    report: report.endedByOthers(planned(), 'FINISHED', snapshot, jobId),
    says: [
      `Job orders (${jobId}) finished by itself during the rescale.`,
      'Now: the job is FINISHED; nothing was restarted.',
      'Kept: its newest snapshot: file:/data/sp/orders/savepoint-1',
      `Next: ${flinkRun}`,
    ],
  },
  {
    of: 'a job that somebody cancelled, of which nothing is known',
    report: report.endedByOthers(planned(), 'CANCELED', undefined, newId),
    says: [
      `Somebody cancelled job orders (${newId}) during the rescale.`,
      'Now: the job is CANCELED; nothing was restarted.',
      'Kept: no snapshot of it is known.',
      'Next: start it as you did the first time.',
    ],
  },
  {
    of: 'a job of somebody else in its place',
    report: report.anotherJobRuns(tell(), planned(), snapshot, `job ${newId} ("orders") is RUNNING`),
    says: [
      'orders was stopped, and then a job that Weir did not start took its place.',
      `Now: job ${newId} ("orders") is RUNNING; Weir started nothing beside it.`,
      'Kept: the state of the stopped job: file:/data/sp/orders/savepoint-1',
      'Next: see what runs: curl -s http://127.0.0.1:8081/jobs/overview',
    ],
  },
];

test.each(reports)(
  'of $of: what happened, each cause, the state of the job now, what was kept, what to do next',
  ({ report: one, says }) => {
    expect(report.message(one).split('\n')).toEqual(says);
  },
);

test.each(reports.filter(({ report: { next } }) => next.includes('temporal ')))(
  'of $of: its command refuses to attach to a rescale that runs',
  ({ report: { next } }) => {
    expect(next.match(/temporal workflow start/g)).toHaveLength(1);
    expect(next).toContain('temporal workflow start --fail-existing ');
  },
);

test('"left alone" is said only of a job that did not restart', () => {
  const said = (restartsAfter: number | undefined) =>
    report.savepointFailed(tell(), planned(), causes, { kind: 'RUNS_ON', restartsBefore: 2, restartsAfter })
      .now;
  expect(said(2)).toContain('left alone');
  expect(said(3)).toContain('restarts before 2, now 3');
  expect(said(undefined)).toContain('restarts before 2, now unknown');
});

test('a savepoint of which no try failed is not counted as one that did', () => {
  expect(report.savepointFailed(tell(), planned(), [], startedAgain).what).toBe(
    'The savepoint of orders did not come, so the rescale was given up.',
  );
});

describe('the causes of a series of tries', () => {
  const failures = [
    { n: 1, cause: 'no space' },
    { n: 3, cause: 'expired' },
  ];

  test('are those that were answered', () => {
    expect(report.causesOf(failures)).toEqual(['no space', 'expired']);
  });

  test('and the last word, unless it repeats one of them', () => {
    expect(report.causesOf(failures, 'try 3: expired')).toEqual(['no space', 'expired']);
    expect(report.causesOf(failures, 'the job is FAILED')).toEqual([
      'no space',
      'expired',
      'the job is FAILED',
    ]);
    expect(report.causesOf([], 'the job is FAILED')).toEqual(['the job is FAILED']);
  });
});

describe('the next command after a rejection', () => {
  test('is the same request with what would make it valid', () => {
    const { workflowId, input } = started(
      report.nextAfter(tell(ask({ parallelism: 200, reason: 'peak' })), { parallelism: 8 }),
    );
    expect(workflowId).toBe('rescale/local/orders');
    expect(input).toEqual({ cluster: 'local', job: 'orders', parallelism: 8, reason: 'peak' });
  });

  test('has the lock of the job that is suggested', () => {
    const { workflowId, input } = started(report.nextAfter(tell(ask({ job: 'order' })), { job: 'orders' }));
    expect(workflowId).toBe('rescale/local/orders');
    expect(input).toMatchObject({ job: 'orders' });
  });

  test('is a look at what runs where nothing can be suggested', () => {
    expect(report.nextAfter(tell(), undefined)).toBe(
      'see what runs: curl -s http://127.0.0.1:8081/jobs/overview',
    );
  });
});

describe('the command that repeats a rescale', () => {
  test('says all that the request said, and nothing that is a default', () => {
    const said = {
      jobId,
      artifact: { jar: 'orders-2.jar', args: ['--a', "it's"] },
      previousArtifact: { jar: 'orders.jar' },
      savepoint: { format: 'NATIVE', directory: 'file:///data/sp/mine' },
      maxSavepointCreationAttempts: 1,
      timeouts: { restart: 6_000 },
      reason: 'peak',
    } as const;
    const request = ask({ ...said, artifact: { ...said.artifact, args: [...said.artifact.args] } });
    const { input } = started(report.startCommand(tell(request)));
    expect(input).toMatchObject(said);
    expect(input).not.toHaveProperty('mechanism');
    expect(input).not.toHaveProperty('maxJobCreationAttempts');
  });

  test('names the job that was started again where the request named the one that is gone', () => {
    const { next } = report.savepointFailed(tell(ask({ jobId })), planned(), causes, startedAgain);
    expect(started(startCommand.exec(next)?.[0] ?? '').input).toMatchObject({ jobId: newId });
  });
});

const nasty = fc.oneof(
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }),
  fc.constantFrom(
    "it's",
    '$HOME',
    '`id`',
    '$(id)',
    '"',
    '\\',
    'a b',
    '--help',
    ';ls',
    '&',
    '|',
    '*',
    '~',
    '!',
    '#x',
    'a\nb',
    "'; rm x; '",
    'Job$Main',
    '注文',
    '',
  ),
);

describe('whatever things are called, a shell reads the command as it is meant', () => {
  test('to start a rescale: the workflow id is the job’s lock, and the input comes back as the request', () => {
    fc.assert(
      fc.property(nasty, nasty, nasty, (job, arg, reason) => {
        fc.pre(job !== '');
        const request = ask({ job, reason, artifact: { jar: 'x.jar', args: [arg] } });
        const { words, workflowId, input } = started(
          report.startCommand({ ...tell(request), taskQueue: 'my queue' }),
        );
        expect(words.slice(0, 7)).toEqual([
          ...['workflow', 'start', '--fail-existing', '--task-queue', 'my queue', '--type', 'rescale'],
        ]);
        expect(words).toHaveLength(11);
        expect(parseRequest(input, workflowId ?? '')).toEqual({ kind: 'REQUEST', request });
      }),
      { numRuns: 60 },
    );
  });

  test('to run a job by hand: every word, the settings and the entry class among them', () => {
    const word = nasty.filter((text) => !text.includes('\0'));
    fc.assert(
      fc.property(word, word, word, word, (path, jar, entryClass, value) => {
        const artifact = {
          jar,
          entryClass,
          args: ['--x', value],
          flinkConfiguration: { 'a.b': value, c: '1' },
        };
        const { next } = report.jobDown(planned(artifact), {
          what: 'x',
          snapshot: { ...snapshot, path },
          causes: [],
        });
        expect(wordsOf(next)).toEqual([
          ...[
            'run',
            '-s',
            path,
            '-p',
            '2',
            '-d',
            `-Da.b=${value}`,
            '-Dc=1',
            '-c',
            entryClass,
            jar,
            '--x',
            value,
          ],
        ]);
      }),
      { numRuns: 60 },
    );
  });
});

test('P32: a failure stays small however many causes it has: the first and the last ones are told, the rest counted', () => {
  const causes = Array.from({ length: 100 }, (_, i) => `cause ${i + 1}: ${'x'.repeat(600)}`);
  const text = report.message({
    type: 'SavepointFailed',
    what: 'w',
    now: 'n',
    kept: 'k',
    next: 'x',
    causes,
  });
  expect(text.length).toBeLessThan(2_048);
  expect(text).toContain('(1) cause 1:');
  expect(text).toContain('... 94 more ...');
  expect(text).toContain('(100) cause 100:');
});
