import { numbers } from './own';
import type { Own } from './own';
import type { Step } from './search';
import { isOver, listed, noTries, step, withJob } from './state';
import type { Job, Run, State } from './state';

/** The activity `withdraw`: what was submitted is ended before the old job is started again. */

/** Each job that was submitted is ended; one that has gone on from the snapshot with a savepoint. */
export function withdraw(own: Own, state: State, run: Run): Step<State>[] {
  if (run.at === 'IDLE') return [step('withdraw begins', own.set(state, { at: 'LOOK' }))];
  if (run.at === 'SENT') return [];
  const { next, open } = run.tries;
  const jobs = numbers(next).flatMap((n) => listed(state, own.id('restart', n, run.salt)) ?? []);
  const live = jobs.find((job) => !isOver(job) && (job.state !== 'CANCELLING' || own.has('P11 proof')));
  if (live !== undefined) return endOne(own, state, live, run);

  const id = own.id('restart', next, run.salt);
  const snapshot = own.newest(state, run, next);
  if (listed(state, id) === undefined) {
    if (open === 'ACCEPTED' && !own.isGone(state, id)) return [];
    if (open === 'SENT' && own.has('P20 same id'))
      return [
        step(
          `${id} has no answer: the old job is to start under its id`,
          own.startsOld(state, snapshot, 'ROLLED_BACK', run.tries, 'restart'),
        ),
      ];
  }
  return [
    step(
      'nothing of the new job is live',
      own.startsOld(state, snapshot, 'ROLLED_BACK', noTries, 'rollback'),
    ),
  ];
}

function endOne(own: Own, state: State, job: Job, run: Run): Step<State>[] {
  const id = `withdraw ${job.id}`;
  const trigger = state.triggers.find((one) => one.id === id);
  const cancels = [
    step(
      `${job.id} is cancelled`,
      own.set(withJob(state, { ...job, state: 'CANCELLING', stop: null, saved: false }), { at: 'LOOK' }),
    ),
  ];
  const stop = { kind: 'STOP', id, job: job.id, run: own.index, waiting: true } as const;
  if (job.state === 'CANCELLING') return [];
  if (run.at === 'FOLLOW') return trigger?.state === 'IN_PROGRESS' ? [] : cancels;
  const goesOn = job.state === 'STOPPING' || (job.state === 'RUNNING' && own.progress(job) !== null);
  if (run.at !== 'SEND' && !(goesOn && own.has('P14 newest'))) return cancels;
  if (trigger !== undefined && trigger.state !== 'IN_PROGRESS') return cancels;
  return [step(`${id} is sent`, own.sends(state, stop))];
}
