import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { RescaleInput, WeirClient } from '../../src/client';
import type { Orders } from '../../src/dev/orders';
import type { Stack } from '../../src/dev/stack';
import { until } from '../../src/dev/until';
import type { FlinkClient } from '../../src/flink/client';
import { courseOf } from './course';
import type { Course } from './course';

/** The ways to take a job to another parallelism, each on the same cluster. */

export interface Way {
  readonly name: string;
  /** What it is held against: the least that can be done from outside Flink, by a restart or without one. */
  readonly floor: 'bare loop' | 'bare PUT';
  readonly rescale: Rescale;
}

/** Returns its course, where that is known. */
type Rescale = (place: Place, orders: Orders, parallelism: number) => Promise<Course | undefined>;

/** Where it is carried out. */
export interface Place {
  readonly stack: Stack;
  readonly flink: FlinkClient;
  /** Connected already: a CLI that starts up would take its share of two cores meanwhile. */
  readonly weir: WeirClient;
  /** The file in which the worker notes its requests. */
  readonly requests: string;
  /** The folder of Flink's own command line. */
  readonly cli: string;
}

export const ways: readonly Way[] = [
  { name: 'bare loop', floor: 'bare loop', rescale: bareLoop },
  { name: 'flink stop, flink run -s', floor: 'bare loop', rescale: byCli },
  { name: 'Weir, RESTART, CANONICAL', floor: 'bare loop', rescale: stopping({}) },
  {
    ...{ name: 'Weir, RESTART, NATIVE', floor: 'bare loop' },
    rescale: stopping({ savepoint: { format: 'NATIVE' } }),
  },
  {
    ...{ name: 'Weir, RESTART, SAVEPOINT_THEN_CANCEL', floor: 'bare loop' },
    rescale: byWeir({ savepoint: { mode: 'SAVEPOINT_THEN_CANCEL' } }),
  },
  { name: 'bare PUT', floor: 'bare PUT', rescale: barePut },
  { name: 'Weir, IN_PLACE', floor: 'bare PUT', rescale: byWeir({ mechanism: 'IN_PLACE' }) },
];

type Options = Omit<RescaleInput, 'cluster' | 'job' | 'parallelism'>;

function byWeir(options: Options): Rescale {
  return async ({ weir }, { name }, parallelism) => {
    await (await weir.rescale('local', name, parallelism, options)).result();
    return undefined;
  };
}

/** A RESTART whose savepoint stops the job, as the bare loop's does: its course can be compared with that. */
function stopping(options: Options): Rescale {
  return async ({ weir, requests }, { name }, parallelism) => {
    const handle = await weir.rescale('local', name, parallelism, options);
    return courseOf(handle, await handle.result(), requests);
  };
}

/** What an expert's script would do: stop, look every 10 ms, run, and nothing else. */
async function bareLoop({ stack, flink }: Place, orders: Orders, parallelism: number): Promise<Course> {
  const from = await idOf(orders);
  const triggerId = randomBytes(16).toString('hex');
  const targetDirectory = `${stack.flink.savepointRoot}/bare`;
  const stopSent = Date.now();
  await flink.stop(from, { triggerId, targetDirectory, formatType: 'CANONICAL' });
  const savepoint = async () => {
    const operation = await flink.savepointOperation(from, triggerId);
    return operation.kind === 'COMPLETED' ? operation.location : undefined;
  };
  const path = await until(savepoint, { what: 'the savepoint', deadlineMs: 60_000, pollMs: 10 });
  const read = Date.now();
  const to = await orders.start(parallelism, path);
  return { from, to, stopSent, read, submitSent: read, activities: [] };
}

const run = promisify(execFile);

/** Flink's own command line, as its documentation has it. */
async function byCli({ stack, cli }: Place, orders: Orders, parallelism: number): Promise<undefined> {
  const flink = async (...args: string[]) => (await run(join(cli, 'flink'), args)).stdout;
  const savepoints = `${stack.flink.savepointRoot}/cli`;
  const stopped = await flink('stop', '--savepointPath', savepoints, await idOf(orders));
  const [, path] = /Savepoint completed. Path: (\S+)/.exec(stopped) ?? [];
  if (path === undefined) throw new Error(`flink stop says no path: ${stopped}`);
  const { jar, args = [] } = orders.config.artifact;
  await flink('run', '-d', '-s', path, '-p', String(parallelism), join(stack.artifacts, jar), ...args);
  await untilRuns(orders, parallelism);
  return undefined;
}

/** The request, and the checkpoint that has Flink act on it. */
async function barePut({ flink }: Place, orders: Orders, parallelism: number): Promise<undefined> {
  const jobId = await idOf(orders);
  const vertices = Object.keys(await flink.requirements(jobId));
  const bounds = vertices.map((id) => [id, { lower: 1, upper: parallelism }] as const);
  await flink.require(jobId, Object.fromEntries(bounds));
  await flink.triggerCheckpoint(jobId, randomBytes(16).toString('hex'));
  await untilRuns(orders, parallelism);
  return undefined;
}

async function untilRuns(orders: Orders, parallelism: number): Promise<void> {
  const runs = async () =>
    (await orders.live()).some((job) => job.allTasksRun && job.parallelism === parallelism);
  await until(runs, { what: `${orders.name} to run at ${parallelism}`, deadlineMs: 60_000, pollMs: 10 });
}

export async function idOf(orders: Orders): Promise<string> {
  const [job] = await orders.live();
  if (job === undefined) throw new Error('nothing runs');
  return job.id;
}
