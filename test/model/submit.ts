import { idle } from './own';
import type { Own } from './own';
import type { Step } from './search';
import { EMPTY, fault, isLive, isOver, listed, step, withJob } from './state';
import type { Job, Run, State, Tries } from './state';
import { afterFailure } from './tries';

/** The activities `restart`, `revive` and `verify`: how a job is submitted, and followed until it holds. */

export function submit(own: Own, state: State, run: Run): Step<State>[] {
  const id = own.id(run.verb, run.tries.next, run.salt);
  const job = listed(state, id);
  switch (run.at) {
    case 'IDLE':
      return [step('an attempt of restart begins', own.begins(state, run, 'P1 submit'))];
    case 'LOOK': {
      if (job !== undefined) return [step(`${id} was submitted before`, accepted(own, state, run))];
      const other = state.jobs.find((one) => isLive(one) && one.state !== 'GHOST');
      if (other !== undefined && own.has('P21 guard'))
        return [step(`${other.id} runs: it is in the way`, own.ends(state, 'ANOTHER_JOB_RUNS'))];
      if (run.tries.open !== 'NO' && own.has('P12 again') && !own.isGone(state, id)) return [];
      return [step('no job is in the way', own.set(state, { at: 'SEND' }))];
    }
    case 'READY':
      return [];
    case 'SEND': {
      const from = own.newest(state, run, run.tries.next);
      const sent = {
        kind: 'SUBMIT',
        id,
        program: run.program,
        from,
        run: own.index,
        waiting: true,
      } as const;
      const tries: Tries = { ...run.tries, open: 'SENT' };
      const unanswered = run.tries.open === 'SENT';
      return [
        step(`${id} is submitted`, own.sends(own.set(state, { tries, fresh: true, unanswered }), sent)),
      ];
    }
    case 'SENT':
      if (run.program === 'OLD') return [];
      return fault(state, 'timeouts', `the submit of ${id} has no answer in time`, (to) =>
        rollsBack(own, own.hangsUp(to)),
      );
    case 'EMPTY':
      if (job === undefined ? !own.isGone(state, id) : !isOver(job)) return [];
      return [step(`${id}, which began empty, is over`, submitFailed(own, state, run))];
    case 'FOLLOW':
      return watch(own, state, run, id, job);
  }
}

function watch(own: Own, state: State, run: Run, id: string, job: Job | undefined): Step<State>[] {
  switch (job?.state) {
    case undefined:
      return own.isGone(state, id) ? [step(`${id} is forgotten`, own.set(state, { at: 'LOOK' }))] : [];
    case 'FAILED':
      return [step(`${id} has FAILED`, submitFailed(own, state, run))];
    case 'CANCELED':
      if (job.from === EMPTY && run.unheard)
        return [step(`${id} had begun empty`, submitFailed(own, state, run))];
      return [step(`${id} was cancelled by others`, own.ends(state, 'ENDED_BY_OTHERS'))];
    case 'RECOVERING':
    case 'CANCELLING':
    case 'GHOST':
      return [];
    case 'RUNNING':
    case 'STOPPING':
    case 'FINISHED':
      break;
  }
  if (job.state === 'RUNNING' && job.from === EMPTY && run.snapshot !== EMPTY && own.has('P24 empty')) {
    const cancelled = withJob(state, { ...job, state: 'CANCELLING' });
    return [step(`${id} began empty: it is cancelled`, own.set(cancelled, { at: 'EMPTY' }))];
  }
  if (run.program === 'OLD') return [step(`${id} is ready`, own.ends(state, run.aim))];
  return [
    step(`${id} is ready`, own.set(state, { phase: 'VERIFYING', ...idle })),
    ...fault(state, 'timeouts', `${id} is not ready in time`, (to) => rollsBack(own, to)),
  ];
}

function accepted(own: Own, state: State, run: Run): State {
  return own.set(state, { at: 'FOLLOW', fresh: false, tries: { ...run.tries, open: 'ACCEPTED' } });
}

export function refused(own: Own, state: State, run: Run): State {
  const underWay = run.unanswered && own.has('P20 refusal');
  return underWay ? own.set(state, { at: 'LOOK' }) : submitFailed(own, state, run);
}

export function submitFailed(own: Own, state: State, run: Run): State {
  const tries = afterFailure(run.tries);
  // the old job is tried for as long as it takes
  if (run.program === 'NEW' && tries.failures >= own.world.maxTries)
    return rollsBack(own, own.set(state, { tries }));
  if (run.fresh) return own.set(state, { ...idle, tries, beat: tries, told: tries });
  const open = own.has('P5 unheard') && run.unheard ? 'SENT' : 'NO';
  return own.set(state, { at: 'LOOK', tries: { ...tries, open }, told: tries });
}

export function verify(own: Own, state: State, run: Run): Step<State>[] {
  const id = own.id('restart', run.tries.next, run.salt);
  const job = listed(state, id);
  switch (job?.state) {
    case undefined:
    case 'FAILED':
      return [step(`${id} is ${job?.state ?? 'forgotten'}: it does not hold`, rollsBack(own, state))];
    case 'CANCELED':
      return [step(`${id} was cancelled by others`, own.ends(state, 'ENDED_BY_OTHERS'))];
    case 'RUNNING':
      if (job.shown === null) return [];
      return [step(`${id} has its first checkpoint`, own.ends(state, 'RESCALED'))];
    case 'STOPPING':
    case 'RECOVERING':
    case 'CANCELLING':
    case 'GHOST':
    case 'FINISHED':
      return [];
  }
}

function rollsBack(own: Own, state: State): State {
  return own.set(state, { phase: 'WITHDRAWING', ...idle });
}
