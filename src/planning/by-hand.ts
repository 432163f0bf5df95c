import type { Launch, Plan } from './plan';

/** What a plan does, for people: as sentences, and as the commands that do the same by hand, without Weir's care. */

export function stepsOf(plan: Plan): string[] {
  return [...endOf(plan), startOf(plan), 'wait for its first checkpoint'];
}

function endOf({ ending, job, savepoint }: Plan): string[] {
  const saved = `${savepoint.format} savepoint of job ${job.id} to ${savepoint.directory}`;
  switch (ending) {
    case 'STOP_WITH_SAVEPOINT':
      return [`stop with ${saved}`];
    case 'SAVEPOINT_THEN_CANCEL':
      return [`${saved}, while it goes on`, `cancel job ${job.id}`];
    case 'CANCEL':
      return [`cancel job ${job.id}, without a savepoint`];
    case 'NONE':
      return [];
  }
}

function startOf({ next, restore, ending, job }: Plan): string {
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
  const { job, next, restore, ending, savepoint } = plan;
  const at = `-m ${quote(new RegExp('^https?://([^/]+)').exec(flinkUrl)?.[1] ?? flinkUrl)}`;
  const type = savepoint.format.toLowerCase();
  const directory = quote(savepoint.directory);
  const cancel = `flink cancel ${at} ${job.id}`;
  const start = (snapshot: string | undefined) => flinkRun(next, snapshot, at);
  const known = plan.job.newestSavepoint?.snapshot.path;

  switch (ending) {
    case 'STOP_WITH_SAVEPOINT': {
      const stop = `flink stop ${at} --type ${type} --savepointPath ${directory} ${job.id}`;
      return [`${variable}=$(${stop} | ${pathOf})`, start(restore === 'NONE' ? undefined : `$${variable}`)];
    }
    case 'SAVEPOINT_THEN_CANCEL': {
      const save = `${variable}=$(flink savepoint ${at} --type ${type} ${job.id} ${directory} | ${pathOf})`;
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
