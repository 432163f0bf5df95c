import type { Step } from './search';

/** What the model is made of: a Flink, a network in front of it, and runs of `rescale` with their activities. */

/** Snapshots are numbered in the order in which they come into being. */
export type Version = number;
/** What a job begins from that was given no state, or lost it. */
export const EMPTY: Version = -1;

export interface Job {
  readonly id: string;
  /**
   * RECOVERING: a JobManager with HA has it back and not yet running. GHOST: a JobManager without HA forgot it, and its
   * tasks still run until the TaskManagers notice.
   */
  readonly state:
    'RUNNING' | 'STOPPING' | 'RECOVERING' | 'CANCELLING' | 'GHOST' | 'FINISHED' | 'CANCELED' | 'FAILED';
  readonly program: 'OLD' | 'NEW';
  readonly from: Version;
  /** The last snapshot that it has completed. */
  readonly made: Version | null;
  /** The last one that its history shows: a JobManager that has recovered the job begins a new history. */
  readonly shown: Version | null;
  /** The stop that is under way. */
  readonly stop: string | null;
  /** The savepoint of that stop is complete. */
  readonly saved: boolean;
  /** The savepoint of a stop of ours that its history shows. */
  readonly savepoint: Version | null;
}

/** A stop as Flink's cache of triggers has it. */
export interface Trigger {
  readonly id: string;
  readonly state: 'IN_PROGRESS' | 'COMPLETED' | 'FAILED';
  readonly savepoint: Version | null;
}

/** A request on its way to Flink. `waiting`: somebody waits for the answer; else it is carried out late, or never. */
export type Message = { readonly run: number; readonly waiting: boolean } & (
  | { readonly kind: 'STOP'; readonly id: string; readonly job: string }
  | { readonly kind: 'SUBMIT'; readonly id: string; readonly program: Job['program']; readonly from: Version }
);

export interface Tries {
  readonly failures: number;
  readonly next: number;
  readonly open: 'NO' | 'SENT' | 'ACCEPTED';
}
export const noTries: Tries = { failures: 0, next: 1, open: 'NO' };

export type Outcome =
  | 'RESCALED'
  | 'ROLLED_BACK'
  | 'SAVEPOINT_FAILED'
  | 'ABORTED'
  | 'JOB_DOWN'
  | 'ANOTHER_JOB_RUNS'
  | 'ENDED_BY_OTHERS';

/** One run of the workflow, and the activity that it waits for. */
export interface Run {
  readonly phase:
    'SAVEPOINTING' | 'SETTLING' | 'STOPPING' | 'SUBMITTING' | 'VERIFYING' | 'WITHDRAWING' | 'DONE';
  /** Where the attempt is; IDLE: there is none, the next is to come. */
  readonly at: 'IDLE' | 'LOOK' | 'READY' | 'SEND' | 'SENT' | 'FOLLOW' | 'EMPTY';
  readonly unheard: boolean;
  /** What the attempt knows; while IDLE, what the next one will be given. */
  readonly tries: Tries;
  /** What its last heartbeat said. */
  readonly beat: Tries;
  /** What it has told the workflow. */
  readonly told: Tries;
  /** The stop or submit was sent by this attempt. */
  readonly fresh: boolean;
  /** It was sent before, without an answer. */
  readonly unanswered: boolean;
  /** Of ids that are not derived. */
  readonly salt: number;
  readonly abort: 'NO' | 'ASKED' | 'LAST_TRY';
  readonly verb: 'restart' | 'rollback';
  readonly program: Job['program'];
  readonly snapshot: Version | null;
  /** What the run ends as, once a job runs. */
  readonly aim: Outcome;
  readonly outcome: Outcome | null;
}

/** What the environment may still do. */
export interface Budget {
  readonly crashes: number;
  /** Answers that do not come. */
  readonly lost: number;
  readonly savepointFails: number;
  readonly submitFails: number;
  readonly emptyStarts: number;
  readonly jobFails: number;
  readonly jobManagerLost: number;
  /** Flink forgets the result of a stop. */
  readonly forgets: number;
  /** A time-out of ours is used up. */
  readonly timeouts: number;
  readonly aborts: number;
  readonly byHand: number;
  /** Checkpoints of the old job. */
  readonly checkpoints: number;
}
export const noFaults: Budget = {
  crashes: 0,
  lost: 0,
  savepointFails: 0,
  submitFails: 0,
  emptyStarts: 0,
  jobFails: 0,
  jobManagerLost: 0,
  forgets: 0,
  timeouts: 0,
  aborts: 0,
  byHand: 0,
  checkpoints: 0,
};

export interface State {
  readonly jobs: readonly Job[];
  readonly triggers: readonly Trigger[];
  readonly net: readonly Message[];
  readonly runs: readonly Run[];
  /** The newest snapshot there is. */
  readonly newest: Version | null;
  /** What the snapshot store shows: of the old job, and of those that were submitted. */
  readonly store: {
    readonly checkpoint: Version | null;
    readonly savepoint: Version | null;
    readonly submitted: Version | null;
  };
  /** A job has begun from something else. */
  readonly began: string | null;
  readonly invented: number;
  readonly left: Budget;
}

/** The guards of the protocol; each can be taken away. */
export const guards = {
  'P1 stop': 'the id of a stop is derived',
  'P1 submit': 'the id of a submit is derived',
  'P5 post': 'a stop without an answer is sent again under the same id',
  'P5 settle': 'a job is not settled while a stop of ours is under way',
  'P5 last try': 'after an abort, what a lost attempt may have sent is sent again',
  'P5 unready': 'a job is not given up while a stop that was sent has no answer',
  'P5 refusal': 'a refusal is the answer to one request, not to an earlier one of the same stop',
  'P5 unheard': 'what an unheard attempt may have sent counts as sent',
  'P8 told': 'each try is told before it is sent',
  'P8 goes on': 'an attempt goes on from what was told, if a heartbeat says less',
  'P11 proof': 'a job that was cancelled is over before another is started',
  'P12 forgotten': 'a forgotten job is over once its slots are free',
  'P12 again': 'a job that was submitted and is forgotten is over before it is submitted again',
  'P13 empty': 'a job that left no snapshot is not started empty',
  'P14 newest': 'the roll-back begins from what the new job has gone on to',
  'P14 failover': 'what the new job has failed over to is what it has gone on to',
  'P15 history': 'a savepoint from which the job has gone on is history',
  'P16 store': 'what a forgotten job of ours has added is looked for in the store',
  'P20 same id': 'a submit without an answer is followed by the same job id only',
  'P20 refusal': 'a refusal is the answer to one submit, not to an earlier one of the same id',
  'P21 guard': 'a look for live jobs comes before a submit',
  'P24 empty': 'a job that began without its state is ended',
  'P26 lock': 'one run a job',
} as const;
export type Guard = keyof typeof guards;
const isGuard = (name: string): name is Guard => name in guards;
export const guardNames = Object.keys(guards).filter(isGuard);

export interface World {
  readonly without: Guard | undefined;
  readonly faults: Budget;
  readonly highAvailability: boolean;
  /** What becomes of a job whose stop fails after its savepoint was complete: FAILED since 1.15 (FLINK-26783). */
  readonly halfWay: 'FAILED' | 'GOES_ON';
  /** Whether the old job has a checkpoint. */
  readonly hasCheckpoint: boolean;
  readonly maxTries: number;
}

export function isLive(job: Job): boolean {
  return !isOver(job);
}

export function isOver({ state }: Job): boolean {
  return state === 'FINISHED' || state === 'CANCELED' || state === 'FAILED';
}

/** A job that the JobManager lists. */
export function listed(state: State, id: string): Job | undefined {
  return state.jobs.find((job) => job.id === id && job.state !== 'GHOST');
}

export function withJob(state: State, job: Job): State {
  const others = state.jobs.filter(
    (one) => one.id !== job.id || (one.state === 'GHOST') !== (job.state === 'GHOST'),
  );
  return { ...state, jobs: [...others, job].sort((a, b) => (a.id + a.state < b.id + b.state ? -1 : 1)) };
}

export function withTrigger(state: State, trigger: Trigger): State {
  const others = state.triggers.filter((one) => one.id !== trigger.id);
  return { ...state, triggers: [...others, trigger].sort((a, b) => (a.id < b.id ? -1 : 1)) };
}

export function withNet(state: State, net: readonly Message[]): State {
  const text = new Map(net.map((message) => [message, JSON.stringify(message)]));
  const sorted = [...net].sort((a, b) => ((text.get(a) ?? '') < (text.get(b) ?? '') ? -1 : 1));
  return { ...state, net: sorted };
}

export function withRun(state: State, index: number, change: Partial<Run>): State {
  return { ...state, runs: state.runs.map((run, i) => (i === index ? { ...run, ...change } : run)) };
}

/** A fault, if there is one of the kind left. */
export function fault(
  state: State,
  of: keyof Budget,
  label: string,
  to: (state: State) => State,
): Step<State>[] {
  if (state.left[of] === 0) return [];
  const left = { ...state.left, [of]: state.left[of] - 1 };
  return [{ label, fault: true, to: to({ ...state, left }) }];
}

export function step(label: string, to: State): Step<State> {
  return { label, fault: false, to };
}
