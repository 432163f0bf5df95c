/** What a test has the next stops and starts do. Each entry is used by one that is executed, in order. */

export type StopScript =
  | 'NORMAL'
  /** The savepoint is complete after `ms`. */
  | { readonly kind: 'TAKES'; readonly ms: number }
  /** Fails in the JobManager before any barrier: the job stays RUNNING. `causes` as Flink would tell them. */
  | { readonly kind: 'REFUSED'; readonly causes?: readonly [string, ...string[]] }
  /** A task fails it half-way: the job is RESTARTING for `restartMs`, then RUNNING from its last checkpoint. */
  | { readonly kind: 'TASK_FAILS'; readonly restartMs?: number }
  /** The savepoint is complete, then the job fails while stopping: FAILED, the path is in the failure (FLINK-26783). */
  | { readonly kind: 'FAILS_AFTER_SAVEPOINT' }
  /** The savepoint is complete, and the job does not end. */
  | { readonly kind: 'HANGS' }
  /** The job goes FAILED before its savepoint is complete. */
  | { readonly kind: 'JOB_FAILS' };

export type StartScript =
  | 'NORMAL'
  /** All tasks run after `ms`. */
  | { readonly kind: 'TAKES'; readonly ms: number }
  /** 400; with `leavesJob` it fails while it is initialised, so a FAILED job of that id stays. */
  | { readonly kind: 'REFUSED'; readonly cause?: string; readonly leavesJob?: boolean }
  /** Accepted, then FAILED. */
  | { readonly kind: 'FAILS'; readonly cause?: string }
  /** Accepted, and fails over again and again until it is mended. */
  | { readonly kind: 'RESTARTS'; readonly cause?: string }
  /** RUNNING with all tasks SCHEDULED, for ever. */
  | { readonly kind: 'NEVER_SCHEDULED' }
  /** Tasks are INITIALIZING for `ms`: they read their state. */
  | { readonly kind: 'RESTORING'; readonly ms: number }
  /** It runs, but without the snapshot that it was given. */
  | { readonly kind: 'EMPTY' }
  /** As an adaptive scheduler without enough slots: it runs below what was asked for. */
  | { readonly kind: 'BELOW'; readonly parallelism: number }
  | { readonly kind: 'NO_CHECKPOINT' }
  | { readonly kind: 'FIRST_CHECKPOINT_AFTER'; readonly ms: number };

/** `cause`: as Flink would tell it. */
export type DisposalScript = 'NORMAL' | { readonly kind: 'FAILS'; readonly cause: string };

export interface Scripts {
  /** The job's name; any job when left out. */
  readonly job?: string;
  readonly stops?: readonly StopScript[];
  readonly starts?: readonly StartScript[];
  /** Of the job's savepoints. */
  readonly disposals?: readonly DisposalScript[];
}

/** The entries that are not used yet. */
export class Script {
  private readonly stops: { job: string | undefined; what: StopScript }[] = [];
  private readonly starts: { job: string | undefined; what: StartScript }[] = [];

  private readonly disposals: { job: string | undefined; what: DisposalScript }[] = [];

  /** Returns how to take back what is not used yet. */
  add({ job, stops = [], starts = [], disposals = [] }: Scripts): () => void {
    const added = [
      put(this.stops, job, stops),
      put(this.starts, job, starts),
      put(this.disposals, job, disposals),
    ];
    return () => added.forEach((takeBack) => takeBack());
  }

  nextStop(job: string): StopScript {
    return take(this.stops, job) ?? 'NORMAL';
  }

  nextDisposal(job: string): DisposalScript {
    return take(this.disposals, job) ?? 'NORMAL';
  }

  nextStart(job: string): StartScript {
    return take(this.starts, job) ?? 'NORMAL';
  }
}

function put<T>(
  entries: { job: string | undefined; what: T }[],
  job: string | undefined,
  whats: readonly T[],
): () => void {
  const added = whats.map((what) => ({ job, what }));
  entries.push(...added);
  return () => {
    for (const one of added) {
      const at = entries.indexOf(one);
      if (at >= 0) entries.splice(at, 1);
    }
  };
}

function take<T>(entries: { job: string | undefined; what: T }[], job: string): T | undefined {
  const at = entries.findIndex((entry) => entry.job === undefined || entry.job === job);
  return at < 0 ? undefined : entries.splice(at, 1)[0]?.what;
}
