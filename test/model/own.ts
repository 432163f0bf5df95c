import { EMPTY, isOver, listed, noTries, withNet, withRun } from './state';
import type { Guard, Job, Message, Outcome, Run, State, Tries, Version, World } from './state';
import { furthest, maybeSent } from './tries';

export const fresh = { tries: noTries, beat: noTries, told: noTries } as const;
export const idle = { at: 'IDLE', unheard: false, fresh: false, unanswered: false } as const;

/** What is a run's own: its part of the state, its ids, its messages, and the guards that it has in this world. */
export class Own {
  constructor(
    readonly world: World,
    readonly index: number,
  ) {}

  has(guard: Guard): boolean {
    return this.world.without !== guard;
  }

  of(state: State): Run {
    const run = state.runs[this.index];
    if (run === undefined) throw new Error(`there is no run ${this.index}`);
    return run;
  }

  set(state: State, change: Partial<Run>): State {
    return withRun(state, this.index, change);
  }

  id(verb: 'stop' | Run['verb'], n: number, salt: number): string {
    return `${verb} ${n}${this.suffix(salt)}`;
  }

  suffix(salt: number): string {
    return (this.index === 0 ? '' : "'") + (salt === 0 ? '' : `~${salt}`);
  }

  /** The job is over, or was forgotten by a JobManager whose slots are free of it. */
  isGone(state: State, id: string): boolean {
    const job = listed(state, id);
    if (job !== undefined) return isOver(job);
    return (
      !this.has('P12 forgotten') ||
      !state.jobs.some((one) => one.state === 'GHOST' || one.state === 'RECOVERING')
    );
  }

  progress(job: Job): Version | null {
    if (job.from === EMPTY) return null;
    return this.has('P14 failover') ? job.made : job.shown;
  }

  /** The newest of the snapshot that was given and what the tries up to `last` have added to it. */
  newest(state: State, run: Run, last: number): Version {
    const given = run.snapshot ?? EMPTY;
    if (!this.has('P14 newest')) return given;
    const left = numbers(last).map((n) => {
      const job = listed(state, this.id(run.verb, n, run.salt));
      // one that was submitted again began with what the store had
      const began = job !== undefined && this.has('P16 store') ? job.from : EMPTY;
      if (job !== undefined) return Math.max(this.progress(job) ?? EMPTY, began);
      const wasSubmitted = n < run.tries.next || run.tries.open !== 'NO';
      return wasSubmitted && this.has('P16 store') ? (state.store.submitted ?? EMPTY) : EMPTY;
    });
    return Math.max(given, ...left);
  }

  /** An attempt of an activity, with what is known of those before it. `derived`: the guard of its ids. */
  begins(state: State, run: Run, derived: Guard): State {
    const left = this.has('P8 goes on') ? furthest(run.told, run.tries) : run.tries;
    const tries = run.unheard && this.has('P5 unheard') ? maybeSent(left) : left;
    const salted = this.has(derived) ? state : { ...state, invented: state.invented + 1 };
    return this.set(salted, { at: 'LOOK', fresh: false, tries, beat: tries, salt: salted.invented });
  }

  sends(state: State, message: Message): State {
    return withNet(this.set(state, { at: 'SENT' }), [...state.net, message]);
  }

  /** Nobody waits for its answers any more. */
  hangsUp(state: State): State {
    return withNet(
      state,
      state.net.map((one) => (one.run === this.index ? { ...one, waiting: false } : one)),
    );
  }

  /** The old program under a new id. */
  startsOld(state: State, snapshot: Version, aim: Outcome, tries: Tries, verb: Run['verb']): State {
    const start = {
      phase: 'SUBMITTING',
      program: 'OLD',
      snapshot,
      aim,
      tries,
      beat: tries,
      told: tries,
      verb,
    } as const;
    return this.set(state, { ...start, ...idle });
  }

  ends(state: State, outcome: Outcome): State {
    return this.set(state, { phase: 'DONE', outcome, ...fresh, ...idle });
  }
}

export function numbers(last: number): number[] {
  return Array.from({ length: last }, (_, i) => i + 1);
}
