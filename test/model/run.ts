import type { Answer } from './flink';
import { fresh, idle, Own } from './own';
import type { Step } from './search';
import { fault, noTries, step } from './state';
import type { Message, Run, State, Tries, World } from './state';
import { aborted, savepoint, settle, settles, stopFailed } from './stop';
import { refused, submit, submitFailed, verify } from './submit';
import { withdraw } from './withdraw';

/** What one run of the workflow may do next, as `src/workflows` and `src/activities` do it. */
export class Runner {
  private readonly own: Own;

  constructor(world: World, index: number) {
    this.own = new Own(world, index);
  }

  steps(state: State): Step<State>[] {
    const run = this.own.of(state);
    return [
      ...this.goOn(state, run),
      ...this.crashes(state, run),
      ...this.silence(state, run),
      ...this.aborts(state, run),
    ];
  }

  /** Flink has answered who waits for it. */
  answered(state: State, { kind, waiting }: Message, answer: Answer): State {
    const run = this.own.of(state);
    if (!waiting) return state;
    if (answer === 'ACCEPTED')
      return this.own.set(state, {
        at: 'FOLLOW',
        ...(kind === 'SUBMIT' ? { tries: { ...run.tries, open: 'ACCEPTED' } } : {}),
      });
    if (run.phase === 'WITHDRAWING') return this.own.set(state, { at: 'LOOK' });
    if (kind === 'SUBMIT') return refused(this.own, state, run);
    if (answer === 'NO_SUCH_JOB') return settles(this.own, state);
    if (run.unanswered && this.own.has('P5 refusal')) return this.own.set(state, { at: 'LOOK' });
    return this.own.set(state, { at: 'LOOK', tries: { ...run.tries, next: run.tries.next + 1, open: 'NO' } });
  }

  /** Who waits for an answer that will not come. */
  sendsAgain(state: State): State {
    const run = this.own.of(state);
    if (run.at !== 'SENT') return state;
    const looks = run.phase === 'SUBMITTING' && this.own.has('P12 again');
    return this.own.set(state, { at: looks ? 'LOOK' : 'SEND' });
  }

  private goOn(state: State, run: Run): Step<State>[] {
    switch (run.phase) {
      case 'SAVEPOINTING':
        return savepoint(this.own, state, run);
      case 'SETTLING':
        return settle(this.own, state, run);
      case 'STOPPING':
        return this.own.isGone(state, 'old')
          ? [
              step(
                'the old job is over, and proven so',
                this.own.set(state, { phase: 'SUBMITTING', ...fresh, ...idle }),
              ),
            ]
          : [];
      case 'SUBMITTING':
        return submit(this.own, state, run);
      case 'VERIFYING':
        return verify(this.own, state, run);
      case 'WITHDRAWING':
        return withdraw(this.own, state, run);
      case 'DONE':
        return [];
    }
  }

  private crashes(state: State, run: Run): Step<State>[] {
    if (run.at === 'IDLE' || run.phase === 'DONE') return [];
    const died = (tries: Tries) => (to: State) => {
      const dead = this.own.set(this.own.hangsUp(to), { ...idle, tries, beat: tries, unheard: true });
      if (run.phase !== 'SAVEPOINTING' || run.abort !== 'ASKED') return dead;
      return aborted(this.own, dead, tries);
    };
    if (run.phase === 'WITHDRAWING')
      return fault(state, 'crashes', 'the worker dies', (to) => this.own.set(this.own.hangsUp(to), idle));
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
      const late = this.own.hangsUp(to);
      const again = this.sendsAgain(late);
      if (run.phase === 'SAVEPOINTING')
        return this.own.has('P5 post') ? again : stopFailed(this.own, late, run);
      if (run.phase === 'SUBMITTING')
        return this.own.has('P20 same id') ? again : submitFailed(this.own, late, run);
      return again;
    });
  }

  private aborts(state: State, run: Run): Step<State>[] {
    if (run.phase !== 'SAVEPOINTING' || run.abort !== 'NO') return [];
    return fault(state, 'aborts', 'somebody aborts', (to) => {
      if (run.at !== 'IDLE') return this.own.set(to, { abort: 'ASKED' });
      // Temporal ends the activity itself: nobody says a last word.
      return aborted(this.own, to, this.own.has('P8 told') ? run.told : noTries);
    });
  }
}
