import { idle } from './own';
import type { Own } from './own';
import type { Step } from './search';
import { EMPTY, fault, isOver, listed, noTries, step } from './state';
import type { Run, State, Tries, Version } from './state';
import { afterFailure, furthest, heard } from './tries';

/** The activities `savepoint` and `settle`: how the old job is stopped, and what is done where that fails. */

export function savepoint(own: Own, state: State, run: Run): Step<State>[] {
  const id = own.id('stop', run.tries.next, run.salt);
  const trigger = state.triggers.find((one) => one.id === id);
  const job = listed(state, 'old');
  switch (run.at) {
    case 'IDLE':
      return [step('an attempt of savepoint begins', own.begins(state, run, 'P1 stop'))];
    case 'LOOK':
      if (trigger !== undefined)
        return [step(`stop ${id} is known`, own.set(state, { at: 'FOLLOW', fresh: false }))];
      return [step(`stop ${id} is not known`, own.set(state, { at: 'READY', fresh: true }))];
    case 'READY': {
      if (run.abort === 'ASKED')
        return [step('aborted before the try', aborted(own, state, heard(run.tries)))];
      if (run.abort === 'LAST_TRY') {
        if (run.tries.open !== 'SENT')
          return [step('nothing that was sent is without an end', settles(own, state))];
        return [step('the last try is not waited for', own.set(state, { at: 'SEND' }))];
      }
      if (job === undefined || isOver(job))
        return [step('the job is over: no more tries', settles(own, state))];
      if (job.state === 'RUNNING') return [step('the job can be stopped', own.set(state, { at: 'SEND' }))];
      if (run.tries.open !== 'NO' && own.has('P5 unready')) return [];
      return fault(state, 'timeouts', 'the job does not become ready: no more tries', (to) =>
        settles(own, to),
      );
    }
    case 'SEND': {
      const tries: Tries = { ...run.tries, open: 'SENT' };
      const sent = { kind: 'STOP', id, job: 'old', run: own.index, waiting: true } as const;
      const told = own.has('P8 told') ? tries : run.told;
      const unanswered = run.tries.open === 'SENT';
      return [step(`stop ${id} is sent`, own.sends(own.set(state, { tries, told, unanswered }), sent))];
    }
    case 'SENT':
    case 'EMPTY':
      return [];
    case 'FOLLOW':
      if (trigger === undefined) return [step(`stop ${id} is forgotten: no more tries`, settles(own, state))];
      if (trigger.state === 'COMPLETED')
        return [
          step(
            `stop ${id} is COMPLETED`,
            own.set(state, { phase: 'STOPPING', snapshot: trigger.savepoint, ...idle }),
          ),
        ];
      if (trigger.state === 'IN_PROGRESS')
        return fault(state, 'timeouts', `stop ${id} takes too long: no more tries`, (to) => settles(own, to));
      if (trigger.savepoint !== null)
        return [step(`stop ${id} has FAILED after its savepoint`, settles(own, state))];
      return [step(`stop ${id} has FAILED`, stopFailed(own, state, run))];
  }
}

export function stopFailed(own: Own, state: State, run: Run): State {
  const tries = afterFailure(run.tries);
  const told = own.has('P8 told') ? tries : run.told;
  if (run.abort === 'ASKED') return aborted(own, state, tries);
  if (run.abort === 'LAST_TRY' || tries.failures >= own.world.maxTries) return settles(own, state);
  if (run.fresh) return own.set(state, { ...idle, tries, told });
  const open = own.has('P5 unheard') && run.unheard ? 'SENT' : 'NO';
  return own.set(state, { at: 'LOOK', tries: { ...tries, open }, told });
}

/** The activity is over for an abort; what it may have sent is sent again, as the last try. */
export function aborted(own: Own, state: State, last: Tries): State {
  const { told } = own.of(state);
  const tries = own.has('P8 told') ? furthest(told, last) : last;
  if (tries.open === 'NO' || !own.has('P5 last try')) return settles(own, own.set(state, { abort: 'ASKED' }));
  return own.set(state, { ...idle, tries, beat: tries, abort: 'LAST_TRY' });
}

export function settles(own: Own, state: State): State {
  return own.set(state, { phase: 'SETTLING', ...idle });
}

/** What is true of the job decides; nothing is guessed. */
export function settle(own: Own, state: State, run: Run): Step<State>[] {
  const ours = state.triggers.filter(
    (one) => one.id.startsWith('stop') && one.id.endsWith(own.suffix(run.salt)),
  );
  const waits = own.has('P5 settle');
  if (waits && ours.some((one) => one.state === 'IN_PROGRESS')) return [];
  const old = listed(state, 'old');
  const path = ours.find((one) => one.savepoint !== null)?.savepoint ?? null;
  switch (old?.state) {
    case 'RUNNING':
    case 'STOPPING': {
      if (old.state === 'STOPPING' && waits) return [];
      const outcome = run.abort === 'NO' ? 'SAVEPOINT_FAILED' : 'ABORTED';
      return [step('the old job runs: settled', own.ends(state, outcome))];
    }
    case 'RECOVERING':
    case 'CANCELLING':
    case 'GHOST':
      return [];
    case 'FINISHED':
    case 'CANCELED': {
      const savepoint = path ?? old.savepoint;
      if (savepoint === null)
        return [step('the old job was ended by others', own.ends(state, 'ENDED_BY_OTHERS'))];
      return [step(`the old job has stopped with savepoint ${savepoint}`, stopped(own, state, savepoint))];
    }
    case 'FAILED': {
      const savepoint = path ?? old.savepoint;
      const isHistory = savepoint !== null && old.made !== null && old.made > savepoint;
      if (savepoint !== null && !(isHistory && own.has('P15 history')))
        return [step(`the old job FAILED after savepoint ${savepoint}`, stopped(own, state, savepoint))];
      return [step('the old job is down', down(own, state, old.made))];
    }
    case undefined:
      if (!own.isGone(state, 'old')) return [];
      if (state.store.savepoint !== null)
        return [
          step('the store has the savepoint of the old job', stopped(own, state, state.store.savepoint)),
        ];
      return [step('the old job is forgotten', down(own, state, state.store.checkpoint))];
  }
}

function stopped(own: Own, state: State, snapshot: Version): State {
  return own.set(state, { phase: 'STOPPING', snapshot, ...idle });
}

function down(own: Own, state: State, snapshot: Version | null): State {
  if (snapshot === null && own.has('P13 empty')) return own.ends(state, 'JOB_DOWN');
  return own.startsOld(state, snapshot ?? EMPTY, 'SAVEPOINT_FAILED', noTries, 'rollback');
}
