import type { Client } from '@temporalio/client';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { RescaleInput } from '../../src/contracts/rescale';
import type { Orders } from '../../src/dev/orders';
import type { Stack } from '../../src/dev/stack';
import { until } from '../../src/dev/until';
import { FlinkClient } from '../../src/flink/client';
import { rescaleWorkflowId } from '../../src/planning/ids';
import { flinkOnPath } from '../../test/kit/flink-cli';

/** The ways to take a job to another parallelism, each on the same cluster. */

export interface Way {
  readonly name: string;
  /** What it is held against: the least that can be done from outside Flink, by a restart or without one. */
  readonly floor: 'bare loop' | 'bare PUT';
  readonly rescale: (orders: Orders, parallelism: number) => Promise<void>;
}

/** `client` is connected already: a CLI that starts up would take its share of two cores meanwhile. */
export async function waysOn(stack: Stack, client: Client): Promise<Way[]> {
  const flink = new FlinkClient({ rest: stack.flink.restUrl });
  const cli = await flinkOnPath(stack);
  const weir = (name: string, floor: Way['floor'], input: Partial<RescaleInput>): Way => ({
    ...{ name, floor },
    rescale: (orders, parallelism) => byWeir(client, { job: orders.name, parallelism, ...input }),
  });
  return [
    {
      ...{ name: 'bare loop', floor: 'bare loop' },
      rescale: (orders, parallelism) => bareLoop(stack, flink, orders, parallelism),
    },
    {
      ...{ name: 'flink stop, flink run -s', floor: 'bare loop' },
      rescale: (orders, parallelism) => byCli(stack, cli, orders, parallelism),
    },
    weir('Weir, RESTART, CANONICAL', 'bare loop', {}),
    weir('Weir, RESTART, NATIVE', 'bare loop', { savepoint: { format: 'NATIVE' } }),
    weir('Weir, RESTART, SAVEPOINT_THEN_CANCEL', 'bare loop', {
      savepoint: { mode: 'SAVEPOINT_THEN_CANCEL' },
    }),
    {
      ...{ name: 'bare PUT', floor: 'bare PUT' },
      rescale: (orders, parallelism) => barePut(flink, orders, parallelism),
    },
    weir('Weir, IN_PLACE', 'bare PUT', { mechanism: 'IN_PLACE' }),
  ];
}

async function byWeir(
  client: Client,
  input: Partial<RescaleInput> & { readonly job: string },
): Promise<void> {
  await client.workflow.execute('rescale', {
    ...{ taskQueue: 'weir', workflowId: rescaleWorkflowId('local', input.job) },
    args: [{ cluster: 'local', ...input }],
  });
}

/** What an expert's script would do: stop, look every 10 ms, run, and nothing else. */
async function bareLoop(
  stack: Stack,
  flink: FlinkClient,
  orders: Orders,
  parallelism: number,
): Promise<void> {
  const jobId = await idOf(orders);
  const triggerId = randomBytes(16).toString('hex');
  const targetDirectory = `${stack.flink.savepointRoot}/bare`;
  await flink.stop(jobId, { triggerId, targetDirectory, formatType: 'CANONICAL' });
  const savepoint = async () => {
    const operation = await flink.savepointOperation(jobId, triggerId);
    return operation.kind === 'COMPLETED' ? operation.location : undefined;
  };
  const path = await until(savepoint, { what: 'the savepoint', deadlineMs: 60_000, pollMs: 10 });
  await orders.start(parallelism, path);
}

const run = promisify(execFile);

/** Flink's own command line, as its documentation has it. */
async function byCli(stack: Stack, folder: string, orders: Orders, parallelism: number): Promise<void> {
  const flink = async (...args: string[]) => (await run(join(folder, 'flink'), args)).stdout;
  const stopped = await flink(
    'stop',
    '--savepointPath',
    `${stack.flink.savepointRoot}/cli`,
    await idOf(orders),
  );
  const [, path] = /Savepoint completed. Path: (\S+)/.exec(stopped) ?? [];
  if (path === undefined) throw new Error(`flink stop says no path: ${stopped}`);
  const { jar, args = [] } = orders.config.artifact;
  await flink('run', '-d', '-s', path, '-p', String(parallelism), join(stack.artifacts, jar), ...args);
  await untilRuns(orders, parallelism);
}

/** The request, and the checkpoint that has Flink act on it. */
async function barePut(flink: FlinkClient, orders: Orders, parallelism: number): Promise<void> {
  const jobId = await idOf(orders);
  const bounds = Object.keys(await flink.requirements(jobId)).map((id) => [
    id,
    { lower: 1, upper: parallelism },
  ]);
  await flink.require(jobId, Object.fromEntries(bounds) as Record<string, { lower: number; upper: number }>);
  await flink.triggerCheckpoint(jobId, randomBytes(16).toString('hex'));
  await untilRuns(orders, parallelism);
}

async function untilRuns(orders: Orders, parallelism: number): Promise<void> {
  const runs = async () =>
    (await orders.live()).some((job) => job.allTasksRun && job.parallelism === parallelism);
  await until(runs, { what: `${orders.name} to run at ${parallelism}`, deadlineMs: 60_000, pollMs: 10 });
}

async function idOf(orders: Orders): Promise<string> {
  const [job] = await orders.live();
  if (job === undefined) throw new Error('nothing runs');
  return job.id;
}
