import { WorkflowFailedError, WorkflowUpdateFailedError } from '@temporalio/client';
import type { WorkflowStartOptions } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { rescaleWorkflowId } from '../../src/planning/ids';
import { held } from '../kit/held';
import { endOf, startRescale } from '../kit/rescale';
import { useSimulated } from '../kit/simulated';
import { succeeded, update } from '../kit/watch';
import { untouched } from '../kit/wrong-input/case';

/**
 * What a person gets wrong that only a worker can see: names that it looks up, options of the start, and steering with
 * wrong arguments or at the wrong time. The others are in `test/wrong-input.test.ts`.
 */
const longName = `orders-of-${'a-street-'.repeat(24)}`;
const place = useSimulated('wrong-input', {
  jobs: ['orders', 'told', 'stopped'],
  flink: { slots: 100 },
});

const next = (input: object, job = 'orders') =>
  `Next: temporal workflow start --fail-existing --task-queue weir-wrong-input --type rescale ` +
  `--workflow-id rescale/local/${job} --input '${JSON.stringify(input)}'`;

/** Starts it like this, and gives every line of why it is refused. */
async function refusal(input: object, options: Partial<WorkflowStartOptions> = {}): Promise<string[]> {
  const { client, taskQueue } = place();
  const workflowId = options.workflowId ?? 'rescale/local/orders';
  const { firstExecutionRunId: runId } = await client.workflow.start('rescale', {
    ...options,
    ...{ workflowId, taskQueue, args: [input] },
  });
  try {
    await client.workflow.getHandle(workflowId, runId, { followRuns: false }).result();
  } catch (error) {
    if (!(error instanceof WorkflowFailedError) || !(error.cause instanceof ApplicationFailure)) throw error;
    return error.cause.message.split('\n');
  }
  throw new Error('it was accepted');
}

const valid = { job: 'orders', parallelism: 8 };
const refused = 'The request cannot be carried out.';

/** A cron is refused in `start-options.test.ts`: its first run is not before it is due. */
test.each<[string, Partial<WorkflowStartOptions>]>([
  ['a run time-out', { workflowRunTimeout: '1 hour' }],
  ['a workflow retry policy', { retry: { maximumAttempts: 3 } }],
])('P27: %s is refused, with the command without it', async (option, options) => {
  expect(await refusal(valid, options)).toEqual([
    refused,
    `(1) a rescale must not be started with ${option}: it could end half-way; valid: leave it out`,
    ...untouched,
    next(valid),
  ]);
});

test('a cluster that weir.yaml does not have: the nearest, all there are, and the command with it', async () => {
  expect(await refusal({ ...valid, cluster: 'locl' }, { workflowId: 'rescale/locl/orders' })).toEqual([
    refused,
    '(1) weir.yaml has no cluster "locl"; did you mean "local"? Clusters: local',
    ...untouched,
    next({ cluster: 'local', ...valid }),
  ]);
});

test('a job that does not run: the nearest, all that run, and the command with it', async () => {
  place().flink.startJob({ name: 'orders', parallelism: 4 });
  const said = await refusal({ job: 'order', parallelism: 8 }, { workflowId: 'rescale/local/order' });
  expect(said).toEqual([
    refused,
    expect.stringMatching(
      /^\(1\) no live job named "order" on cluster "local"; did you mean "orders"\? Live jobs: .*\borders\b/,
    ),
    ...untouched,
    next({ cluster: 'local', ...valid }),
  ]);
});

test('a jar that is not in the artifact folder: the nearest, and all that are', async () => {
  const said = await refusal({ ...valid, artifact: { jar: 'order.jar' } });
  expect(said).toEqual([
    'The job cannot be rescaled like this now.',
    expect.stringMatching(
      /^\(1\) there is no jar "order\.jar" in the artifact folder of cluster "local"; did you mean "orders\.jar"\?; valid: .*orders\.jar/,
    ),
    ...untouched,
    expect.stringMatching(/^Next: see what runs: curl -s http:\/\/127\.0\.0\.1:\d+\/jobs\/overview$/),
  ]);
});

test('a jar’s path: names only, no path to anything comes from an input', async () => {
  const [, cause] = await refusal({ ...valid, artifact: { jar: '../weir.yaml' } });
  expect(cause).toMatch(
    /^\(1\) there is no jar "\.\.\/weir\.yaml" in the artifact folder of cluster "local"; valid: /,
  );
});

describe('steering with', () => {
  const id = rescaleWorkflowId('local', 'told');
  const send = (name: string, input: string) =>
    `Next: temporal workflow update execute --workflow-id ${id} --name ${name} --input '${input}'`;
  const look = (workflowId: string) =>
    `Next: temporal workflow query --workflow-id ${workflowId} --type status`;
  const aParallelism = 'it must be a whole number from 1 to 32768';

  /** Why the update is rejected. */
  async function rejection(workflowId: string, name: string, arg?: unknown): Promise<string[]> {
    try {
      await update(place(), workflowId, name, arg);
    } catch (error) {
      if (!(error instanceof WorkflowUpdateFailedError)) throw error;
      return (error.cause?.message ?? '').split('\n');
    }
    throw new Error('it was accepted');
  }

  test('wrong arguments: what is wrong, what is valid, and the command', async () => {
    const { workflowId, release } = await held(place(), 'PLANNING', 'told');
    const retarget = send('retarget', '{"parallelism":6}');
    const restoreFrom = send('restoreFrom', '{"path":"..."}');
    const cases: [string, unknown, string, string][] = [
      [
        'retarget',
        undefined,
        'the input is missing; it must be an object such as {"parallelism": 6}',
        retarget,
      ],
      ['retarget', 6, 'the input is 6; it must be an object such as {"parallelism": 6}', retarget],
      ['retarget', { parallelism: 'six' }, `"parallelism" is "six"; ${aParallelism}`, retarget],
      [
        'retarget',
        { paralelism: 6 },
        `"parallelism" is missing; ${aParallelism}; unknown field "paralelism"; did you mean "parallelism"? Valid fields: parallelism`,
        retarget,
      ],
      ['restoreFrom', { path: '' }, '"path" is ""; it must not be empty', restoreFrom],
      [
        'restoreFrom',
        'file:/sp/1',
        'the input is "file:/sp/1"; it must be an object such as {"path": "<a savepoint or checkpoint>"}',
        restoreFrom,
      ],
    ];
    for (const [name, arg, why, command] of cases)
      expect(await rejection(workflowId, name, arg)).toEqual([why, command]);
    for (const name of ['retry', 'giveUp']) {
      expect(await rejection(workflowId, name)).toEqual([
        'nothing is stuck: it is heard only while the phase is ATTENTION',
        look(workflowId),
      ]);
    }
    release();
    await endOf(place(), workflowId);
  }, 60_000);

  test('what comes too late: that it does, and a look at the run', async () => {
    const { workflowId, release } = await held(place(), 'RESTARTING', 'stopped');
    expect(await rejection(workflowId, 'retarget', { parallelism: 3 })).toEqual([
      'the stop has been sent; start another rescale when this one is done',
      look(workflowId),
    ]);
    expect(await rejection(workflowId, 'abort')).toEqual([
      'it comes too late: the job is stopped, so the rescale goes on to its end',
      look(workflowId),
    ]);
    release();
    await endOf(place(), workflowId);
  }, 60_000);
});

test('P28: a job whose name is longer than Temporal’s summaries may be is rescaled like any other', async () => {
  place().flink.startJob({ name: longName, parallelism: 2 });
  const artifact = { jar: 'orders.jar', args: ['--name', longName] };
  const workflowId = await startRescale(place(), { job: longName, parallelism: 4, artifact });
  expect(succeeded(await endOf(place(), workflowId))).toMatchObject({ outcome: 'RESCALED', job: longName });
}, 60_000);
