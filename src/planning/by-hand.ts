import type { Launch, Plan, RescalePlan, StartPlan } from './plan';
import { counted } from './task-managers';

/** What a plan does, for people: as sentences, and as the commands that do the same by hand, without Weir's care. */

export function stepsOf(plan: Plan): string[] {
  const verified = 'wait for its first checkpoint';
  switch (plan.transition) {
    case 'RESCALE':
      return [...provided(plan), ...endOf(plan), startOf(plan), verified, ...retired(plan)];
    case 'START': {
      const { origin, job, next, last } = plan;
      const from = origin.kind === 'EMPTY' ? 'nothing: without state' : origin.snapshot.path;
      return [
        ...provided(plan),
        ...(last === undefined ? [] : [`prove that job ${last.id} is over`]),
        `start ${job.name} at parallelism ${next.parallelism} from ${from}`,
        verified,
      ];
    }
    case 'SUSPEND': {
      const { savepoint } = plan;
      const drained = savepoint.drain === undefined ? '' : ', drained';
      return [`stop with ${saved(plan, plan.job.id)}${drained}`, 'start nothing'];
    }
    case 'CANCEL':
      return [`cancel job ${plan.job.id}, without a savepoint`, 'start nothing'];
    case 'SAVEPOINT':
      return [`${saved(plan, plan.job.id)}, while it goes on`];
  }
}

function provided({ provision, timeouts }: RescalePlan | StartPlan): string[] {
  if (provision === undefined) return [];
  const { before, count, needed } = provision;
  return [
    `have ${counted(count)} run instead of ${before}, and wait until there are ${needed} slots for the job, for ` +
      `${timeouts.restart} ms at most; else back to ${before}, and nothing else is done`,
  ];
}

function retired({ surplus }: RescalePlan): string[] {
  if (surplus === undefined) return [];
  const { before, least } = surplus;
  return [`end TaskManagers that no job holds a slot of, until ${least} of ${before} are left`];
}

function saved({ savepoint }: Plan, jobId: string): string {
  return `${savepoint.format} savepoint of job ${jobId} to ${savepoint.directory}`;
}

function endOf(plan: RescalePlan): string[] {
  const { ending, job } = plan;
  switch (ending) {
    case 'STOP_WITH_SAVEPOINT':
      return [`stop with ${saved(plan, job.id)}`];
    case 'SAVEPOINT_THEN_CANCEL':
      return [`${saved(plan, job.id)}, while it goes on`, `cancel job ${job.id}`];
    case 'CANCEL':
      return [`cancel job ${job.id}, without a savepoint`];
    case 'NONE':
      return [];
  }
}

function startOf({ next, restore, ending, job }: RescalePlan): string {
  const from = {
    LATEST_STATE: ending === 'STOP_WITH_SAVEPOINT' ? 'that savepoint' : 'its newest snapshot then',
    LATEST_SAVEPOINT: 'its newest savepoint',
    NONE: 'nothing: without its state',
  }[restore];
  return `start ${job.name} at parallelism ${next.parallelism} from ${from}`;
}

/**
 * The same with Flink's command line, for a POSIX shell in the folder of the jars. What one command finds out the next
 * one uses, by shell variables; `jq` reads the newest checkpoint.
 */
export function byHand(plan: Plan, flinkUrl: string): string[] {
  const at = `-m ${quote(new RegExp('^https?://([^/]+)').exec(flinkUrl)?.[1] ?? flinkUrl)}`;
  switch (plan.transition) {
    case 'RESCALE':
      return [...providedByHand(plan), ...rescaledByHand(plan, flinkUrl, at)];
    case 'START': {
      const { next, origin } = plan;
      const from = origin.kind === 'EMPTY' ? undefined : origin.snapshot.path;
      return [...providedByHand(plan), flinkRun(next, from, at)];
    }
    case 'SUSPEND':
      return [stopped(plan, plan.job.id, at)];
    case 'CANCEL':
      return [`flink cancel ${at} ${plan.job.id}`];
    case 'SAVEPOINT':
      return [taken(plan, plan.job.id, at)];
  }
}

function providedByHand({ provision }: RescalePlan | StartPlan): string[] {
  return provision === undefined ? [] : [scaledByHand(provision.count)];
}

/** Another number of TaskManagers: how that is asked for is the platform's. */
export function scaledByHand(count: number): string {
  return `# have ${counted(count)} run (kubectl scale --replicas=${count} ...), and wait until Flink has registered them`;
}

function stopped({ savepoint }: Plan, jobId: string, at: string): string {
  const { format, directory, drain } = savepoint;
  const drained = drain === undefined ? '' : ' --drain';
  return `flink stop ${at} --type ${format.toLowerCase()}${drained} --savepointPath ${quote(directory)} ${jobId}`;
}

function taken({ savepoint }: Plan, jobId: string, at: string): string {
  return `flink savepoint ${at} --type ${savepoint.format.toLowerCase()} ${jobId} ${quote(savepoint.directory)}`;
}

function rescaledByHand(plan: RescalePlan, flinkUrl: string, at: string): string[] {
  const { job, next, restore, ending } = plan;
  const cancel = `flink cancel ${at} ${job.id}`;
  const start = (snapshot: string | undefined) => flinkRun(next, snapshot, at);
  const known = plan.job.newestSavepoint?.snapshot.path;

  switch (ending) {
    case 'STOP_WITH_SAVEPOINT': {
      const stop = stopped(plan, job.id, at);
      return [`${variable}=$(${stop} | ${pathOf})`, start(restore === 'NONE' ? undefined : `$${variable}`)];
    }
    case 'SAVEPOINT_THEN_CANCEL': {
      const save = `${variable}=$(${taken(plan, job.id, at)} | ${pathOf})`;
      if (restore === 'LATEST_STATE') return [save, cancel, newest(flinkUrl, job.id), start(`$${variable}`)];
      return [save, cancel, start(restore === 'NONE' ? undefined : `$${variable}`)];
    }
    case 'CANCEL':
      if (restore === 'LATEST_STATE') return [cancel, newest(flinkUrl, job.id), start(`$${variable}`)];
      return [cancel, start(restore === 'NONE' ? undefined : known)];
    case 'NONE': {
      const left = restore === 'LATEST_STATE' ? job.newestSnapshot?.path : known;
      return [start(restore === 'NONE' ? undefined : left)];
    }
  }
}

const variable = 'SNAPSHOT';
/** In the answer of `flink stop` and `flink savepoint`. */
const pathOf = `sed -n 's/^Savepoint completed. Path: //p'`;

function newest(flinkUrl: string, jobId: string): string {
  // A job without a checkpoint of its own leaves what it began with.
  const all = '[.latest.restored, .latest.completed, .latest.savepoint]';
  const read = quote(`${all} | map(select(.)) | max_by(.id) | .external_path`);
  return `${variable}=$(curl -s ${quote(`${flinkUrl}/jobs/${jobId}/checkpoints`)} | jq -r ${read})`;
}

/** What starts one version of the job by hand as Weir would: every word as a shell takes it. */
export function flinkRun(launch: Launch, snapshot: string | undefined, ...options: string[]): string {
  const { jar, entryClass, args = [], flinkConfiguration = {} } = launch.jar.artifact;
  const settings = Object.entries(flinkConfiguration).map(([key, value]) => `-D${key}=${value}`);
  const from = snapshot === undefined ? [] : ['-s', asWord(snapshot)];
  const dropping = launch.allowNonRestoredState && snapshot !== undefined ? ['-n'] : [];
  const entry = entryClass === undefined ? [] : ['-c', entryClass];
  const words = [...settings, ...entry, jar, ...args].map(quote);
  const how = [...options, ...from, ...dropping, '-p', String(launch.parallelism), '-d'];
  return ['flink run', ...how, ...words].join(' ');
}

/** A shell variable stays one. */
function asWord(snapshot: string): string {
  return snapshot === `$${variable}` ? `"${snapshot}"` : quote(snapshot);
}

export function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
