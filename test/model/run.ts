import type { Answer } from './flink';
import type { Step } from './search';
import { EMPTY, fault, isLive, isOver, listed, noTries, step, withJob, withNet, withRun } from './state';
import type { Guard, Job, Message, Outcome, Run, State, Tries, Version, World } from './state';

/** What one run of the workflow may do next, as `src/workflows` and `src/activities` do it. */
export class Runner {
  constructor(
    private readonly world: World,
    private readonly index: number,
  ) {}

  steps(state: State): Step<State>[] {
    const run = this.of(state);
    return [
      ...this.goOn(state, run),
      ...this.crashes(state, run),
      ...this.silence(state, run),
      ...this.aborts(state, run),
    ];
  }

  /** Flink has answered who waits for it. */
  answered(state: State, { kind, waiting }: Message, answer: Answer): State {
    const run = this.of(state);
    if (!waiting) return state;
    if (answer === 'ACCEPTED')
      return this.set(state, {
        at: 'FOLLOW',
        ...(kind === 'SUBMIT' ? { tries: { ...run.tries, open: 'ACCEPTED' } } : {}),
      });
    if (run.phase === 'WITHDRAWING') return this.set(state, { at: 'LOOK' });
    if (kind === 'SUBMIT') return this.refused(state, run);
    if (answer === 'NO_SUCH_JOB') return this.settles(state);
    if (run.unanswered && this.has('P5 refusal')) return this.set(state, { at: 'LOOK' });
    const open = this.has('P5 unheard') && run.unheard ? 'SENT' : 'NO';
    return this.set(state, { at: 'LOOK', tries: { ...run.tries, next: run.tries.next + 1, open } });
  }

  /** Who waits for an answer that will not come. */
  sendsAgain(state: State): State {
    const run = this.of(state);
    if (run.at !== 'SENT') return state;
    const looks = run.phase === 'SUBMITTING' && this.has('P12 again');
    return this.set(state, { at: looks ? 'LOOK' : 'SEND' });
  }

  private goOn(state: State, run: Run): Step<State>[] {
    switch (run.phase) {
      case 'SAVEPOINTING':
        return this.savepoint(state, run);
      case 'SETTLING':
        return this.settle(state, run);
      case 'STOPPING':
        return this.isGone(state, 'old')
          ? [
              step(
                'the old job is over, and proven so',
                this.set(state, { phase: 'SUBMITTING', ...fresh, ...idle }),
              ),
            ]
          : [];
      case 'SUBMITTING':
        return this.submit(state, run);
      case 'VERIFYING':
        return this.verify(state, run);
      case 'WITHDRAWING':
        return this.withdraw(state, run);
      case 'DONE':
        return [];
    }
  }

  private savepoint(state: State, run: Run): Step<State>[] {
    const id = this.id('stop', run.tries.next, run.salt);
    const trigger = state.triggers.find((one) => one.id === id);
    const job = listed(state, 'old');
    switch (run.at) {
      case 'IDLE':
        return [step('an attempt of savepoint begins', this.begins(state, run, 'P1 stop'))];
      case 'LOOK':
        if (trigger !== undefined)
          return [step(`stop ${id} is known`, this.set(state, { at: 'FOLLOW', fresh: false }))];
        return [step(`stop ${id} is not known`, this.set(state, { at: 'READY', fresh: true }))];
      case 'READY': {
        if (run.abort === 'ASKED') return [step('an abort was asked for', this.set(state, { at: 'SEND' }))];
        if (job === undefined || isOver(job))
          return [step('the job is over: no more tries', this.settles(state))];
        if (job.state === 'RUNNING') return [step('the job can be stopped', this.set(state, { at: 'SEND' }))];
        if (run.tries.open !== 'NO' && this.has('P5 unready')) return [];
        return fault(state, 'timeouts', 'the job does not become ready: no more tries', (to) =>
          this.settles(to),
        );
      }
      case 'SEND': {
        if (run.abort === 'ASKED' && run.tries.open === 'NO')
          return [step('aborted before the try', this.settles(state))];
        const tries: Tries = { ...run.tries, open: 'SENT' };
        const sent = { kind: 'STOP', id, job: 'old', run: this.index, waiting: true } as const;
        const told = this.has('P8 told') ? tries : run.told;
        const unanswered = run.tries.open === 'SENT';
        return [step(`stop ${id} is sent`, this.sends(this.set(state, { tries, told, unanswered }), sent))];
      }
      case 'SENT':
      case 'EMPTY':
        return [];
      case 'FOLLOW':
        if (trigger === undefined)
          return [step(`stop ${id} is forgotten: no more tries`, this.settles(state))];
        if (trigger.state === 'COMPLETED')
          return [
            step(
              `stop ${id} is COMPLETED`,
              this.set(state, { phase: 'STOPPING', snapshot: trigger.savepoint, ...idle }),
            ),
          ];
        if (trigger.state === 'IN_PROGRESS')
          return fault(state, 'timeouts', `stop ${id} takes too long: no more tries`, (to) =>
            this.settles(to),
          );
        if (trigger.savepoint !== null)
          return [step(`stop ${id} has FAILED after its savepoint`, this.settles(state))];
        return [step(`stop ${id} has FAILED`, this.stopFailed(state, run))];
    }
  }

  private stopFailed(state: State, run: Run): State {
    const tries = afterFailure(run.tries);
    const told = this.has('P8 told') ? tries : run.told;
    if (run.abort === 'ASKED') return this.aborted(state, tries);
    if (run.abort === 'LAST_TRY' || tries.failures >= this.world.maxTries) return this.settles(state);
    if (run.fresh) return this.set(state, { ...idle, tries, told });
    const open = this.has('P5 unheard') && run.unheard ? 'SENT' : 'NO';
    return this.set(state, { at: 'LOOK', tries: { ...tries, open }, told });
  }

  /** What is true of the job decides; nothing is guessed. */
  private settle(state: State, run: Run): Step<State>[] {
    const ours = state.triggers.filter(
      (one) => one.id.startsWith('stop') && one.id.endsWith(this.suffix(run.salt)),
    );
    const waits = this.has('P5 settle');
    if (waits && ours.some((one) => one.state === 'IN_PROGRESS')) return [];
    const old = listed(state, 'old');
    const path = ours.find((one) => one.savepoint !== null)?.savepoint ?? null;
    switch (old?.state) {
      case 'RUNNING':
        return [
          step(
            'the old job runs: settled',
            this.ends(state, run.abort === 'NO' ? 'SAVEPOINT_FAILED' : 'ABORTED'),
          ),
        ];
      case 'STOPPING':
        if (waits) return [];
        return [
          step(
            'the old job runs: settled',
            this.ends(state, run.abort === 'NO' ? 'SAVEPOINT_FAILED' : 'ABORTED'),
          ),
        ];
      case 'RECOVERING':
      case 'CANCELLING':
      case 'GHOST':
        return [];
      case 'FINISHED':
      case 'CANCELED': {
        const savepoint = path ?? old.savepoint;
        if (savepoint === null)
          return [step('the old job was ended by others', this.ends(state, 'ENDED_BY_OTHERS'))];
        return [step(`the old job has stopped with savepoint ${savepoint}`, this.stopped(state, savepoint))];
      }
      case 'FAILED': {
        const savepoint = path ?? old.savepoint;
        const isHistory = savepoint !== null && old.made !== null && old.made > savepoint;
        if (savepoint !== null && !(isHistory && this.has('P15 history')))
          return [step(`the old job FAILED after savepoint ${savepoint}`, this.stopped(state, savepoint))];
        return [step('the old job is down', this.down(state, old.made))];
      }
      case undefined:
        if (!this.isGone(state, 'old')) return [];
        if (state.store.savepoint !== null)
          return [
            step('the store has the savepoint of the old job', this.stopped(state, state.store.savepoint)),
          ];
        return [step('the old job is forgotten', this.down(state, state.store.checkpoint))];
    }
  }

  private stopped(state: State, snapshot: Version): State {
    return this.set(state, { phase: 'STOPPING', snapshot, ...idle });
  }

  private down(state: State, snapshot: Version | null): State {
    if (snapshot === null && this.has('P13 empty')) return this.ends(state, 'JOB_DOWN');
    return this.startsOld(state, snapshot ?? EMPTY, 'SAVEPOINT_FAILED', noTries, 'rollback');
  }

  private startsOld(state: State, snapshot: Version, aim: Outcome, tries: Tries, verb: Run['verb']): State {
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

  private submit(state: State, run: Run): Step<State>[] {
    const id = this.id(run.verb, run.tries.next, run.salt);
    const job = listed(state, id);
    switch (run.at) {
      case 'IDLE':
        return [step('an attempt of restart begins', this.begins(state, run, 'P1 submit'))];
      case 'LOOK': {
        if (job !== undefined) return [step(`${id} was submitted before`, this.accepted(state, run))];
        const other = state.jobs.find((one) => isLive(one) && one.state !== 'GHOST');
        if (other !== undefined && this.has('P21 guard'))
          return [step(`${other.id} runs: it is in the way`, this.ends(state, 'ANOTHER_JOB_RUNS'))];
        if (run.tries.open !== 'NO' && this.has('P12 again') && !this.isGone(state, id)) return [];
        return [step('no job is in the way', this.set(state, { at: 'SEND' }))];
      }
      case 'READY':
        return [];
      case 'SEND': {
        const from = this.newest(state, run, run.tries.next);
        const sent = {
          kind: 'SUBMIT',
          id,
          program: run.program,
          from,
          run: this.index,
          waiting: true,
        } as const;
        const tries: Tries = { ...run.tries, open: 'SENT' };
        const unanswered = run.tries.open === 'SENT';
        return [
          step(`${id} is submitted`, this.sends(this.set(state, { tries, fresh: true, unanswered }), sent)),
        ];
      }
      case 'SENT':
        if (run.program === 'OLD') return [];
        return fault(state, 'timeouts', `the submit of ${id} has no answer in time`, (to) =>
          this.rollsBack(this.hangsUp(to)),
        );
      case 'EMPTY':
        if (job === undefined ? !this.isGone(state, id) : !isOver(job)) return [];
        return [step(`${id}, which began empty, is over`, this.submitFailed(state, run))];
      case 'FOLLOW':
        return this.watch(state, run, id, job);
    }
  }

  private watch(state: State, run: Run, id: string, job: Job | undefined): Step<State>[] {
    switch (job?.state) {
      case undefined:
        return this.isGone(state, id) ? [step(`${id} is forgotten`, this.set(state, { at: 'LOOK' }))] : [];
      case 'FAILED':
        return [step(`${id} has FAILED`, this.submitFailed(state, run))];
      case 'CANCELED':
        if (job.from === EMPTY && run.unheard)
          return [step(`${id} had begun empty`, this.submitFailed(state, run))];
        return [step(`${id} was cancelled by others`, this.ends(state, 'ENDED_BY_OTHERS'))];
      case 'RECOVERING':
      case 'CANCELLING':
      case 'GHOST':
        return [];
      case 'RUNNING':
      case 'STOPPING':
      case 'FINISHED':
        break;
    }
    if (job.state === 'RUNNING' && job.from === EMPTY && run.snapshot !== EMPTY && this.has('P24 empty')) {
      const cancelled = withJob(state, { ...job, state: 'CANCELLING' });
      return [step(`${id} began empty: it is cancelled`, this.set(cancelled, { at: 'EMPTY' }))];
    }
    if (run.program === 'OLD') return [step(`${id} is ready`, this.ends(state, run.aim))];
    return [
      step(`${id} is ready`, this.set(state, { phase: 'VERIFYING', ...idle })),
      ...fault(state, 'timeouts', `${id} is not ready in time`, (to) => this.rollsBack(to)),
    ];
  }

  private submitFailed(state: State, run: Run): State {
    const tries = afterFailure(run.tries);
    // the old job is tried for as long as it takes
    if (run.program === 'NEW' && tries.failures >= this.world.maxTries)
      return this.rollsBack(this.set(state, { tries }));
    if (run.fresh) return this.set(state, { ...idle, tries, beat: tries, told: tries });
    const open = this.has('P5 unheard') && run.unheard ? 'SENT' : 'NO';
    return this.set(state, { at: 'LOOK', tries: { ...tries, open }, told: tries });
  }

  private refused(state: State, run: Run): State {
    const underWay = run.unanswered && this.has('P20 refusal');
    return underWay ? this.set(state, { at: 'LOOK' }) : this.submitFailed(state, run);
  }

  private accepted(state: State, run: Run): State {
    return this.set(state, { at: 'FOLLOW', fresh: false, tries: { ...run.tries, open: 'ACCEPTED' } });
  }

  private verify(state: State, run: Run): Step<State>[] {
    const id = this.id('restart', run.tries.next, run.salt);
    const job = listed(state, id);
    switch (job?.state) {
      case undefined:
      case 'FAILED':
        return [step(`${id} is ${job?.state ?? 'forgotten'}: it does not hold`, this.rollsBack(state))];
      case 'CANCELED':
        return [step(`${id} was cancelled by others`, this.ends(state, 'ENDED_BY_OTHERS'))];
      case 'RUNNING':
        if (job.shown === null) return [];
        return [step(`${id} has its first checkpoint`, this.ends(state, 'RESCALED'))];
      case 'STOPPING':
      case 'RECOVERING':
      case 'CANCELLING':
      case 'GHOST':
      case 'FINISHED':
        return [];
    }
  }

  private rollsBack(state: State): State {
    return this.set(state, { phase: 'WITHDRAWING', ...idle });
  }

  /** Each job that was submitted is ended; one that has gone on from the snapshot with a savepoint. */
  private withdraw(state: State, run: Run): Step<State>[] {
    if (run.at === 'IDLE') return [step('withdraw begins', this.set(state, { at: 'LOOK' }))];
    if (run.at === 'SENT') return [];
    const { next, open } = run.tries;
    const jobs = numbers(next).flatMap((n) => listed(state, this.id('restart', n, run.salt)) ?? []);
    const live = jobs.find((job) => !isOver(job) && (job.state !== 'CANCELLING' || this.has('P11 proof')));
    if (live !== undefined) return this.endOne(state, live, run);

    const id = this.id('restart', next, run.salt);
    const snapshot = this.newest(state, run, next);
    if (listed(state, id) === undefined) {
      if (open === 'ACCEPTED' && !this.isGone(state, id)) return [];
      if (open === 'SENT' && this.has('P20 same id'))
        return [
          step(
            `${id} has no answer: the old job is to start under its id`,
            this.startsOld(state, snapshot, 'ROLLED_BACK', run.tries, 'restart'),
          ),
        ];
    }
    return [
      step(
        'nothing of the new job is live',
        this.startsOld(state, snapshot, 'ROLLED_BACK', noTries, 'rollback'),
      ),
    ];
  }

  private endOne(state: State, job: Job, run: Run): Step<State>[] {
    const id = `withdraw ${job.id}`;
    const trigger = state.triggers.find((one) => one.id === id);
    const cancels = [
      step(
        `${job.id} is cancelled`,
        this.set(withJob(state, { ...job, state: 'CANCELLING', stop: null, saved: false }), { at: 'LOOK' }),
      ),
    ];
    const stop = { kind: 'STOP', id, job: job.id, run: this.index, waiting: true } as const;
    if (job.state === 'CANCELLING') return [];
    if (run.at === 'FOLLOW') return trigger?.state === 'IN_PROGRESS' ? [] : cancels;
    const goesOn = job.state === 'STOPPING' || (job.state === 'RUNNING' && this.progress(job) !== null);
    if (run.at !== 'SEND' && !(goesOn && this.has('P14 newest'))) return cancels;
    if (trigger !== undefined && trigger.state !== 'IN_PROGRESS') return cancels;
    return [step(`${id} is sent`, this.sends(state, stop))];
  }

  /** The newest of the snapshot that was given and what the tries up to `last` have added to it. */
  private newest(state: State, run: Run, last: number): Version {
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

  private progress(job: Job): Version | null {
    if (job.from === EMPTY) return null;
    return this.has('P14 failover') ? job.made : job.shown;
  }

  private crashes(state: State, run: Run): Step<State>[] {
    if (run.at === 'IDLE' || run.phase === 'DONE') return [];
    const died = (tries: Tries) => (to: State) => {
      const dead = this.set(this.hangsUp(to), { ...idle, tries, beat: tries, unheard: true });
      if (run.phase !== 'SAVEPOINTING' || run.abort !== 'ASKED') return dead;
      return this.aborted(dead, this.has('P5 unheard') ? maybeSent(tries) : tries);
    };
    if (run.phase === 'WITHDRAWING')
      return fault(state, 'crashes', 'the worker dies', (to) => this.set(this.hangsUp(to), idle));
    const isStale = JSON.stringify(run.beat) !== JSON.stringify(run.tries);
    return [
      ...fault(state, 'crashes', 'the worker dies', died(run.tries)),
      ...(isStale ? fault(state, 'crashes', 'the worker dies before its heartbeat', died(run.beat)) : []),
    ];
  }

  /** An answer does not come in time: the request is carried out late, or never. */
  private silence(state: State, run: Run): Step<State>[] {
    if (run.at !== 'SENT') return [];
    return fault(state, 'lost', 'the answer does not come', (to) => {
      const late = this.hangsUp(to);
      const again = this.sendsAgain(late);
      if (run.phase === 'SAVEPOINTING') return this.has('P5 post') ? again : this.stopFailed(late, run);
      if (run.phase === 'SUBMITTING') return this.has('P20 same id') ? again : this.submitFailed(late, run);
      return again;
    });
  }

  private aborts(state: State, run: Run): Step<State>[] {
    if (run.phase !== 'SAVEPOINTING' || run.abort !== 'NO') return [];
    return fault(state, 'aborts', 'somebody aborts', (to) => {
      if (run.at !== 'IDLE') return this.set(to, { abort: 'ASKED' });
      // Temporal ends the activity itself: nobody says a last word.
      return this.aborted(to, this.has('P8 told') ? run.told : noTries);
    });
  }

  /** The activity is over for an abort; what it may have sent is sent again, as the last try. */
  private aborted(state: State, last: Tries): State {
    const { told } = this.of(state);
    const tries = this.has('P8 told') ? furthest(told, last) : last;
    if (tries.open === 'NO' || !this.has('P5 last try'))
      return this.settles(this.set(state, { abort: 'ASKED' }));
    return this.set(state, { ...idle, tries, beat: tries, abort: 'LAST_TRY' });
  }

  private begins(state: State, run: Run, derived: Guard): State {
    const left = this.has('P8 goes on') ? furthest(run.told, run.tries) : run.tries;
    const tries = run.unheard && this.has('P5 unheard') ? maybeSent(left) : left;
    const salted = this.has(derived) ? state : { ...state, invented: state.invented + 1 };
    return this.set(salted, { at: 'LOOK', fresh: false, tries, beat: tries, salt: salted.invented });
  }

  private settles(state: State): State {
    return this.set(state, { phase: 'SETTLING', ...idle });
  }

  private ends(state: State, outcome: Outcome): State {
    return this.set(state, { phase: 'DONE', outcome, ...fresh, ...idle });
  }

  private sends(state: State, message: Message): State {
    return withNet(this.set(state, { at: 'SENT' }), [...state.net, message]);
  }

  /** Nobody waits for its answers any more. */
  private hangsUp(state: State): State {
    return withNet(
      state,
      state.net.map((one) => (one.run === this.index ? { ...one, waiting: false } : one)),
    );
  }

  /** The job is over, or was forgotten by a JobManager whose slots are free of it. */
  private isGone(state: State, id: string): boolean {
    const job = listed(state, id);
    if (job !== undefined) return isOver(job);
    return (
      !this.has('P12 forgotten') ||
      !state.jobs.some((one) => one.state === 'GHOST' || one.state === 'RECOVERING')
    );
  }

  private id(verb: 'stop' | Run['verb'], n: number, salt: number): string {
    return `${verb} ${n}${this.suffix(salt)}`;
  }

  private suffix(salt: number): string {
    return (this.index === 0 ? '' : "'") + (salt === 0 ? '' : `~${salt}`);
  }

  private has(guard: Guard): boolean {
    return this.world.without !== guard;
  }

  private of(state: State): Run {
    const run = state.runs[this.index];
    if (run === undefined) throw new Error(`there is no run ${this.index}`);
    return run;
  }

  private set(state: State, change: Partial<Run>): State {
    return withRun(state, this.index, change);
  }
}

const fresh = { tries: noTries, beat: noTries, told: noTries } as const;
const idle = { at: 'IDLE', unheard: false, fresh: false, unanswered: false } as const;

function afterFailure({ failures, next }: Tries): Tries {
  return { failures: failures + 1, next: next + 1, open: 'NO' };
}

function maybeSent(tries: Tries): Tries {
  return tries.open === 'NO' ? { ...tries, open: 'SENT' } : tries;
}

function furthest(told: Tries, last: Tries): Tries {
  const isFurther = told.next > last.next || (told.next === last.next && told.open !== 'NO');
  return isFurther ? told : last;
}

function numbers(last: number): number[] {
  return Array.from({ length: last }, (_, i) => i + 1);
}
