import fc from 'fast-check';
import type { Transition } from '../../src/contracts/rescale';
import { invalidStart, jobDown, nextAfter } from '../../src/planning/report';
import { parseRequest } from '../../src/planning/request';
import { savepointFailed } from '../../src/planning/savepoint-failed';
import { startCommand } from '../../src/planning/start-command';
import { ask, jobId } from '../kit/plans';
import { newId, planned, shellWords, snapshot, startedAgain, tell } from '../kit/reports';

/** The commands that start a run, or a job by hand. */

/** A `temporal workflow start` as Temporal would see it. */
function started(command: string): { workflowId: string | undefined; input: unknown; words: string[] } {
  const words = shellWords(command);
  const after = (flag: string) => words[words.indexOf(flag) + 1];
  return { workflowId: after('--workflow-id'), input: JSON.parse(after('--input') ?? ''), words };
}

describe('the next command after a rejection', () => {
  test('is the same request with what would make it valid', () => {
    const { workflowId, input } = started(
      nextAfter(tell(ask({ parallelism: 200, reason: 'peak' })), { parallelism: 8 }),
    );
    expect(workflowId).toBe('rescale/local/orders');
    expect(input).toEqual({ cluster: 'local', job: 'orders', parallelism: 8, reason: 'peak' });
  });

  test('has the lock of the job that is suggested', () => {
    const { workflowId, input } = started(nextAfter(tell(ask({ job: 'order' })), { job: 'orders' }));
    expect(workflowId).toBe('rescale/local/orders');
    expect(input).toMatchObject({ job: 'orders' });
  });

  test('is a look at what runs where nothing can be suggested', () => {
    expect(nextAfter(tell(), undefined)).toBe('see what runs: curl -s http://127.0.0.1:8081/jobs/overview');
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
    const { input } = started(startCommand(tell(request)));
    expect(input).toMatchObject(said);
    expect(input).not.toHaveProperty('mechanism');
    expect(input).not.toHaveProperty('maxJobCreationAttempts');
  });

  test('names the job that was started again where the request named the one that is gone', () => {
    const { next } = savepointFailed(tell(ask({ jobId })), planned(), ['no space'], startedAgain);
    expect(started(/temporal workflow start .*$/m.exec(next)?.[0] ?? '').input).toMatchObject({
      jobId: newId,
    });
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
          startCommand({ ...tell(request), taskQueue: 'my queue' }),
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
        const { next } = jobDown(planned(artifact), {
          what: 'x',
          snapshot: { ...snapshot, path },
          causes: [],
        });
        expect(shellWords(next)).toEqual([
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

describe('an input that is refused', () => {
  const next = (reason: string) =>
    invalidStart(['no'], { workflowId: 'rescale/local/orders', input: { reason } }, 'my queue').next;
  const command =
    "temporal workflow start --fail-existing --task-queue 'my queue' --type rescale --workflow-id rescale/local/orders";

  test('is told with the command that starts what could be started', () => {
    expect(
      invalidStart(['no'], { workflowId: 'rescale/local/orders', input: { reason: 'peak' } }, 'my queue'),
    ).toEqual({
      type: 'InvalidRequest',
      what: 'The request cannot be carried out.',
      now: 'nothing was touched; whatever ran goes on running.',
      kept: 'everything.',
      next: `${command} --input '{"reason":"peak"}'`,
      causes: ['no'],
    });
  });

  test('belongs into a file where it is longer than 600 characters', () => {
    const quotes = '{"reason":""}'.length;
    expect(next('x'.repeat(600 - quotes))).toBe(
      `${command} --input '{"reason":"${'x'.repeat(600 - quotes)}"}'`,
    );
    expect(next('x'.repeat(601 - quotes))).toBe(
      `with the input, corrected, in input.json: ${command} --input-file input.json`,
    );
  });
});

describe('the command that repeats a request', () => {
  test.each<[Transition, object, object]>([
    ['SUSPEND', {}, { transition: 'SUSPEND' }],
    ['SUSPEND', { savepoint: { drain: true } }, { transition: 'SUSPEND', savepoint: { drain: true } }],
    ['CANCEL', {}, { transition: 'CANCEL' }],
    [
      'RESCALE',
      {
        parallelism: 4,
        savepoint: { format: 'NATIVE' },
        timeouts: { stop: 5 },
        artifact: { jar: 'a', args: ['x'] },
      },
      {
        parallelism: 4,
        savepoint: { format: 'NATIVE' },
        timeouts: { stop: 5 },
        artifact: { jar: 'a', args: ['x'] },
      },
    ],
  ])('of a %s says what %j says, and nothing that is a default', (transition, input, said) => {
    const parsed = parseRequest({ job: 'orders', transition, ...input }, 'rescale/local/orders');
    if (parsed.kind !== 'REQUEST') throw new Error(parsed.problems.join('\n'));
    const command = startCommand({ ...tell(), request: parsed.request });
    const typed: unknown = JSON.parse(/--input '(.*)'$/.exec(command)?.[1] ?? '');
    expect(typed).toStrictEqual({ cluster: 'local', job: 'orders', ...said });
  });
});
