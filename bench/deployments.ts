/**
 * Many deployments on one worker for days of scaled time: its memory, its cache, the lengths of the histories. Real
 * Temporal, one real worker process, simulated Flink. Each deployment is scaled every third day, up and down in turns, takes
 * a savepoint every fifth, and every twentieth its job fails and is brought back: each day it is the turn of others.
 *
 *     npm run build && npm run bench:deployments [deployments] [days] [seconds a day] [file]
 *
 * What is scaled: a day, and what happens in one. So that runs of an entity follow each other here as they do in weeks,
 * Temporal suggests another one after 200 events instead of 4,096. What is not: the worker looks, beats and waits by the
 * real clock, so that a day has as many looks and beats as so many seconds have, and a transition takes as long as ever.
 *
 * A row a day goes to `file`, if there is one, as JSON.
 */
import { randomUUID } from 'node:crypto';
import { appendFileSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer, CommandName, DeploymentStatus } from '../src/contracts/deployment';
import { freePort } from '../src/dev/ports';
import { until } from '../src/dev/until';
import { deploymentWorkflowId } from '../src/planning/deployment/ids';
import { inParallel } from '../test/campaign/parallel';
import { billableActions } from '../test/kit/actions';
import { sampled } from '../test/kit/scrape';
import { startSimulated } from '../test/kit/simulated';
import type { Simulated } from '../test/kit/simulated';
import { nextOf } from '../test/kit/watch';
import { eventsOf } from './histories';
import { rssMiB } from './processes';

const [deployments = 200, days = 10, daySeconds = 60] = process.argv.slice(2, 5).map(Number);
const [, , , , , file] = process.argv;
const continueAfter = 200;

/** So many at a time are started, asked and read. */
const atOnce = 16;
/** Of so many deployments the histories are read as a whole, to count actions. */
const readWhole = 10;

const names = Array.from({ length: deployments }, (_, n) => `job-${n}`);
const idOf = (name: string) => deploymentWorkflowId({ cluster: 'local', name });

/** In days: how often a deployment is scaled, takes a savepoint, fails. */
const every = { scaled: 3, saved: 5, failed: 20 };
const isTurn = (what: keyof typeof every, n: number, day: number) => (n + day) % every[what] === 0;

/** Up to 4 and down to 2 in turns. */
function parallelismOn(n: number, day: number): number {
  const scaled = Math.floor((n + day) / every.scaled) - Math.floor(n / every.scaled);
  return scaled % 2 === 0 ? 2 : 4;
}

interface Row {
  readonly day: number;
  readonly took: number;
  readonly transitions: number;
  readonly rssMiB: number;
  readonly highestMiB: number;
  readonly cached: number;
  /** Of the runs that are open, on average and the longest. */
  readonly events: number;
  readonly longest: number;
  /** Of all runs of a deployment since it began, on average. */
  readonly allEvents: number;
  readonly continuedAsNew: number;
  /** Of the entity alone, a deployment and day; heartbeats apart. */
  readonly actions: number;
}

async function main(): Promise<void> {
  const port = await freePort();
  const place = await startSimulated('bench-deployments', {
    ...{ jobs: ['orders'], worker: { metrics: { port } } },
    flink: {
      ...{ slots: 4 * deployments, checkpointing: { intervalMs: 5_000 } },
      // an hour, as Flink has it, would be the whole bench
      keepJobsMs: (daySeconds * 1_000) / 2,
    },
    dynamicConfig: [`limit.historyCount.suggestContinueAsNew=${continueAfter}`],
  });
  if (file !== undefined) rmSync(file, { force: true });
  const memory = new Memory(place.worker.current.pid);
  try {
    await inParallel(atOnce, names.entries(), ([n, name]) => start(place, name, n));
    console.log(`${deployments} deployments run; a day is ${daySeconds} s\n`);
    console.log(head);
    let actionsBefore = await actions(place);
    for (let day = 1; day <= days; day++) {
      const began = Date.now();
      memory.forget();
      const transitions = await live(place, day);
      const took = Math.round((Date.now() - began) / 1_000);
      await untilAligned(place, day);
      const actionsNow = await actions(place);
      const row: Row = {
        ...{ day, took, transitions, cached: await cached(port) },
        ...{ rssMiB: memory.now(), highestMiB: memory.highest },
        ...(await histories(place)),
        actions: (actionsNow - actionsBefore) / Math.min(readWhole, deployments),
      };
      actionsBefore = actionsNow;
      console.log(asLine(row));
      if (file !== undefined) appendFileSync(file, `${JSON.stringify(row)}\n`);
    }
    place.flink.neverTwoCopies();
    console.log(`\nnever two jobs of one name, ${place.flink.stateLost().length} starts lost state`);
  } finally {
    memory.end();
    await place.stop();
  }
}

const head =
  '| day | took | transitions | RSS | highest | cached | events of a run: mean, longest | of all runs | continued as new | actions |\n' +
  '|---|---|---|---|---|---|---|---|---|---|';

function asLine(row: Row): string {
  const { day, took, transitions, rssMiB, highestMiB, cached, events, longest, allEvents } = row;
  const numbers = [`${took} s`, transitions, `${rssMiB} MiB`, `${highestMiB} MiB`, cached];
  const lengths = [`${events.toFixed(0)}, ${longest}`, allEvents.toFixed(0), row.continuedAsNew];
  return `| ${[day, ...numbers, ...lengths, row.actions.toFixed(1)].join(' | ')} |`;
}

async function start({ client, flink, taskQueue }: Simulated, name: string, n: number): Promise<void> {
  const runs = nextOf(flink, 'RUNNING', name);
  const artifact = { jarUri: 'orders.jar', mainArgs: `--name ${name}` };
  const template = { spec: { parallelism: parallelismOn(n, 0), artifact } };
  await client.workflow.start('deployment', {
    ...{ workflowId: idOf(name), taskQueue, args: [{ metadata: { name }, spec: { template } }] },
  });
  await runs;
}

/** A day of all deployments, each at a time of its own; how many transitions there were. */
async function live(place: Simulated, day: number): Promise<number> {
  const dayMs = daySeconds * 1_000;
  const whole = sleep(dayMs);
  // the last tenth is the night
  const spread = (n: number) => (n * 0.9 * dayMs) / deployments;
  const done = await Promise.allSettled(
    names.map(async (name, n) => {
      await sleep(spread((n * 61 + day * 17) % deployments));
      return liveOne(place, name, day, n);
    }),
  );
  await whole;
  return done.reduce((sum, one) => {
    if (one.status === 'rejected') throw one.reason;
    return sum + one.value;
  }, 0);
}

async function liveOne({ client, flink }: Simulated, name: string, day: number, n: number): Promise<number> {
  const handle = client.workflow.getHandle(idOf(name));
  const parallelism = parallelismOn(n, day);
  let transitions = 0;
  if (isTurn('scaled', n, day)) {
    const scaled = nextOf(flink, 'RUNNING', name);
    await say(handle, 'scale', { parallelism });
    await scaled;
    transitions += 1;
  }
  if (isTurn('saved', n, day)) {
    const saved = nextOf(flink, 'SAVEPOINT', name);
    await say(handle, 'savepoint', {});
    await saved;
    transitions += 1;
  }
  if (isTurn('failed', n, day)) {
    // what was begun is over, and it is watched
    await untilRuns(handle, parallelism);
    const again = nextOf(flink, 'RUNNING', name);
    for (const job of flink.live(name)) job.fail();
    await again;
    transitions += 1;
  }
  return transitions;
}

/** As a service does: what was not answered in time is asked again, with its request id. */
async function say(handle: Handle, name: CommandName, input: object): Promise<void> {
  const args: [object] = [{ ...input, requestId: randomUUID() }];
  const answer = () => handle.executeUpdate<Answer, [object]>(name, { args });
  await until(answer, { what: `an answer to ${name}`, deadlineMs: 300_000, pollMs: 500 });
}

type Handle = ReturnType<Simulated['client']['workflow']['getHandle']>;

async function untilRuns(handle: Handle, parallelism: number): Promise<void> {
  const runs = async () => {
    const { actual, job, transition, drift } = await handle.query<DeploymentStatus>('status');
    const aligned = drift.length === 0 && job?.parallelism === parallelism;
    return aligned && actual === 'RUNNING' && transition === undefined;
  };
  const what = `${handle.workflowId} to run at ${parallelism}`;
  await until(runs, { what, deadlineMs: 300_000, pollMs: 1_000 });
}

/** Each job is as it is wanted. */
function untilAligned({ client }: Simulated, day: number): Promise<void> {
  return inParallel(atOnce, names.entries(), ([n, name]) =>
    untilRuns(client.workflow.getHandle(idOf(name)), parallelismOn(n, day)),
  );
}

async function histories({
  client,
}: Simulated): Promise<Pick<Row, 'events' | 'longest' | 'allEvents' | 'continuedAsNew'>> {
  const open: number[] = [];
  await inParallel(atOnce, names, async (name) => {
    const { historyLength } = await client.workflow.getHandle(idOf(name)).describe();
    open.push(historyLength);
  });
  let closed = 0;
  let continuedAsNew = 0;
  const query = 'WorkflowType = "deployment" AND ExecutionStatus = "ContinuedAsNew"';
  for await (const { historyLength } of client.workflow.list({ query })) {
    closed += historyLength;
    continuedAsNew += 1;
  }
  const events = open.reduce((sum, one) => sum + one, 0);
  return {
    ...{ events: events / deployments, longest: Math.max(...open), continuedAsNew },
    allEvents: (events + closed) / deployments,
  };
}

/** Billable actions of a few of them since they began, as their histories show them. */
async function actions({ client }: Simulated): Promise<number> {
  let sum = 0;
  for (const name of names.slice(0, readWhole))
    for await (const { runId } of client.workflow.list({ query: `WorkflowId = "${idOf(name)}"` }))
      sum += billableActions(await eventsOf(client.workflow.getHandle(idOf(name), runId)));
  return sum;
}

async function cached(port: number): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return sampled(text, 'temporal_sticky_cache_size', {}) ?? NaN;
}

/** Resident memory of a process, MiB: looked at each second. */
class Memory {
  highest = 0;
  private readonly looks: NodeJS.Timeout;

  constructor(private readonly pid: number) {
    this.looks = setInterval(() => (this.highest = Math.max(this.highest, this.now())), 1_000);
  }

  now(): number {
    return Math.round(rssMiB(this.pid));
  }

  forget(): void {
    this.highest = 0;
  }

  end(): void {
    clearInterval(this.looks);
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
