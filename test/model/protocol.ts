import { byHandId, flinkSteps } from './flink';
import { Runner } from './run';
import { EMPTY, isLive, noTries, step } from './state';
import type { Job, Run, State, World } from './state';
import type { Machine } from './search';

/** Weir's protocol in a world of faults, with the promises of issue 7 that are to hold in every state (S1 to S5). */
export function protocol(world: World): Machine<State> {
  const runners = [new Runner(world, 0), new Runner(world, 1)];
  return {
    initial: initial(world),
    steps: (state) => [
      ...flinkSteps(world, state, {
        answered: (to, message, answer) => runners[message.run]?.answered(to, message, answer) ?? to,
        hungUp: (lost) => lost.runs.reduce((to, _, i) => runners[i]?.sendsAgain(to) ?? to, lost),
      }),
      ...state.runs.flatMap((_, i) => runners[i]?.steps(state) ?? []),
      // a start under the same workflow id is refused
      ...(world.without === 'P26 lock' && state.runs.length === 1
        ? [step('a second rescale of the job begins', { ...state, runs: [...state.runs, run] })]
        : []),
    ],
    wrong,
    isOver: (state) => state.runs.every(({ phase }) => phase === 'DONE'),
  };
}

const run: Run = {
  phase: 'SAVEPOINTING',
  at: 'IDLE',
  unheard: false,
  tries: noTries,
  beat: noTries,
  told: noTries,
  fresh: false,
  unanswered: false,
  salt: 0,
  abort: 'NO',
  verb: 'restart',
  program: 'NEW',
  snapshot: null,
  aim: 'RESCALED',
  outcome: null,
};

function initial({ hasCheckpoint, faults }: World): State {
  const newest = hasCheckpoint ? 0 : null;
  const old: Job = {
    id: 'old',
    state: 'RUNNING',
    program: 'OLD',
    from: 0,
    made: newest,
    shown: newest,
    stop: null,
    saved: false,
    savepoint: null,
  };
  return {
    jobs: [old],
    triggers: [],
    net: [],
    runs: [run],
    newest,
    store: { checkpoint: newest, savepoint: null, submitted: null },
    began: null,
    invented: 0,
    left: faults,
  };
}

function wrong(state: State): string | undefined {
  const live = state.jobs.filter(isLive);
  if (live.length > 1) return `S1: two live jobs, ${live.map(({ id }) => id).join(' and ')}`;
  if (state.began !== null) return `S2: ${state.began}`;
  if (state.runs.some(({ outcome }) => outcome === null)) return undefined;
  for (const { outcome } of state.runs) {
    const what = outcome === null ? undefined : wrongAtTheEnd(state, outcome, live[0]);
    if (what !== undefined) return `${what}, and the run says ${outcome}`;
  }
  return undefined;
}

/** The job that is live at the end, and stays so whatever is still on its way. */
function wrongAtTheEnd(
  state: State,
  outcome: NonNullable<Run['outcome']>,
  live: Job | undefined,
): string | undefined {
  const isDown = live === undefined || live.state === 'STOPPING' || live.state === 'CANCELLING';
  const how = live === undefined ? 'no job runs' : `${live.id} is ${live.state}`;
  switch (outcome) {
    case 'SAVEPOINT_FAILED':
    case 'ABORTED':
      if (isDown) return `S3: ${how}`;
      return live.program === 'OLD' ? undefined : 'S3: the job runs at the new parallelism';
    case 'RESCALED':
    case 'ROLLED_BACK':
      if (isDown) return `S4: ${how}`;
      return live.from === EMPTY ? `S2: ${live.id} has begun without state` : undefined;
    case 'JOB_DOWN':
      return state.newest === null ? undefined : `S4: ${how}, snapshot ${state.newest} is there`;
    case 'ANOTHER_JOB_RUNS':
      return live?.id === byHandId ? undefined : `S4: ${how}, nobody has started another`;
    case 'ENDED_BY_OTHERS':
      return `S4: ${how}, nobody else has ended a job`;
  }
}
