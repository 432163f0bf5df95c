import { randomBytes } from 'node:crypto';
import type { Checkpoint } from './checkpoints';
import type { DataState } from './data';
import type { Pending } from './coordinator';
import type { SimulatedJob } from './job';
import type { StopScript } from './script';
import { asFlinkWrites, CannotWrite, type SnapshotStore } from './snapshots';
import type { Surroundings } from './surroundings';
import { completion, texts, trace } from './traces';

export type SavepointEnd = { readonly location: string } | { readonly stackTrace: string };

export interface SavepointRequest {
  readonly directory: string;
  readonly stop: boolean;
  /** What the script says of it; a plain savepoint takes only REFUSED, TASK_FAILS and TAKES from it. */
  readonly script: StopScript;
}

/** How much of a stop is the savepoint; the rest is the tasks' end. */
const savepointShare = 0.8;

/** Takes a savepoint of a job, or stops it with one. `done` is told once how it ended. */
export function takeSavepoint(
  job: SimulatedJob,
  { directory, stop, script }: SavepointRequest,
  world: Surroundings,
  done: (end: SavepointEnd) => void,
): void {
  const fail = (...causes: Causes) => done({ stackTrace: completion(...causes) });
  if (job.state !== 'RUNNING' || job.tasks !== 'RUNNING') return fail(job.notExecuted());
  if (stop && job.stopping !== undefined) return collide(job, job.stopping, fail);

  const { journal, snapshots, delays } = world;
  const path = `${asFlinkWrites(directory)}/savepoint-${job.id.slice(0, 6)}-${randomBytes(6).toString('hex')}`;
  const entry = job.checkpoints.trigger(stop ? 'SYNC_SAVEPOINT' : 'SAVEPOINT', job.timers.now());
  const refused = refusal(directory, path, script, snapshots);
  if (refused !== undefined) {
    job.checkpoints.fail(entry, refused[0], job.timers.now());
    return fail(...refused);
  }
  if (stop) {
    // A stop suspends the coordinator, which aborts whatever else it has under way (FLINK-34519).
    job.coordinator.abort(texts.coordinatorSuspending);
    job.stopping = {};
    job.processing.freeze();
  }
  const { progress, data: reader } = job.processing;
  const data = reader.barrier();
  const abort: Pending = {
    entry,
    fail: (cause) => {
      snapshots.abort(path);
      fail(cause);
    },
  };
  job.coordinator.pending.add(abort);

  const total = stop ? delays.stop : delays.savepoint;
  const kind = script === 'NORMAL' ? 'NORMAL' : script.kind;
  job.timers.after(
    script !== 'NORMAL' && script.kind === 'TAKES' ? script.ms : total * savepointShare,
    () => {
      if (!job.coordinator.pending.has(abort)) return;
      if (kind === 'JOB_FAILS') return job.fail();
      job.coordinator.pending.delete(abort);
      if (script !== 'NORMAL' && script.kind === 'TASK_FAILS') {
        job.checkpoints.fail(entry, texts.taskCheckpointFailed, job.timers.now());
        snapshots.abort(path);
        fail(texts.taskCheckpointFailed, texts.noSpace);
        return job.failOver('No space left on device', script.restartMs);
      }
      job.checkpoints.complete(entry, path, job.timers.now());
      snapshots.complete({
        path,
        jobName: job.name,
        checkpointId: entry.id,
        savepoint: true,
        progress,
        data,
      });
      journal.happened({ kind: 'SAVEPOINT', jobId: job.id, name: job.name, path, stop });
      if (stop) endTasks(job, { entry, path, kind, data, afterMs: total * (1 - savepointShare) }, done);
      else done({ location: path });
    },
  );
}

type Causes = readonly [string, ...string[]];

/** Why this savepoint cannot even be triggered. */
function refusal(
  directory: string,
  path: string,
  script: StopScript,
  snapshots: SnapshotStore,
): Causes | undefined {
  if (script !== 'NORMAL' && script.kind === 'REFUSED') {
    return script.causes ?? [texts.ioWhileTriggering, texts.directoryNotCreated(asFlinkWrites(directory))];
  }
  try {
    snapshots.begin(path);
  } catch (error) {
    if (error instanceof CannotWrite) return [texts.ioWhileTriggering, ...error.causes];
    throw error;
  }
  return undefined;
}

/** The second half of a stop: the savepoint is complete, the tasks end. */
function endTasks(
  job: SimulatedJob,
  stop: {
    entry: Checkpoint;
    path: string;
    data: DataState;
    kind: Exclude<StopScript, string>['kind'] | 'NORMAL';
    afterMs: number;
  },
  done: (end: SavepointEnd) => void,
): void {
  const { path } = stop;
  const failed = texts.failedWhileStopping(job.id, path);
  const ending: Pending = { entry: stop.entry, fail: () => done({ stackTrace: completion(failed) }) };
  job.stopping = { savepoint: path };
  job.coordinator.pending.add(ending);
  if (stop.kind === 'HANGS') return;
  job.timers.after(stop.afterMs, () => {
    if (stop.kind === 'FAILS_AFTER_SAVEPOINT') return job.fail(trace(texts.notRecoverable, failed));
    job.coordinator.pending.delete(ending);
    job.processing.data.commit(stop.data);
    job.finish();
    done({ location: path });
  });
}

/** A second stop with another id: it kills the first, and both are for nothing. */
function collide(job: SimulatedJob, first: { savepoint?: string }, fail: (...causes: Causes) => void): void {
  if (first.savepoint === undefined) {
    fail(texts.taskLocalFailure);
    return job.failOver('Stop-with-savepoint failed.');
  }
  fail(texts.coordinatorSuspending);
  job.fail(trace(texts.notRecoverable, texts.failedWhileStopping(job.id, first.savepoint)));
}
