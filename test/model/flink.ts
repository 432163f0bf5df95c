import type { Step } from './search';
import { EMPTY, fault, isLive, isOver, listed, step, withJob, withNet, withTrigger } from './state';
import type { Job, Message, State, Trigger, World } from './state';

/** What Flink says to who waits for it. */
export type Answer = 'ACCEPTED' | 'NO_SUCH_JOB' | 'NOT_NOW' | 'REFUSED';

type Answered = (state: State, message: Message, answer: Answer) => State;

/**
 * Everything that Flink and the network may do next. `answered`: what becomes of who waits for it; `hungUp`: of all of them.
 */
export function flinkSteps(
  world: World,
  state: State,
  { answered, hungUp }: { readonly answered: Answered; readonly hungUp: (state: State) => State },
): Step<State>[] {
  const open = state.runs.some((run) => run.phase !== 'DONE');
  // nothing comes between the look before a submit and the submit
  const submits = state.runs.some((run) => run.phase === 'SUBMITTING' && run.at === 'SEND');
  return [
    ...state.net.flatMap((message) => delivery(state, message, answered)),
    ...state.jobs.flatMap((job) => progress(state, job)),
    ...(open ? [...state.jobs.flatMap((job) => faultsOf(world, state, job)), ...forgets(state)] : []),
    ...(open && !submits ? losses(world, state, hungUp) : []),
    ...(submits ? [] : byHand(state)),
  ];
}

function delivery(state: State, message: Message, answered: Answered): Step<State>[] {
  const rest = withNet(
    state,
    state.net.filter((one) => one !== message),
  );
  const late = message.waiting ? '' : ', late';
  const what = message.kind === 'STOP' ? `stop ${message.id} of ${message.job}` : `submit of ${message.id}`;
  const steps: Step<State>[] = message.waiting ? [] : [step(`the ${what} is lost`, rest)];
  if (message.kind === 'STOP') {
    const [to, answer] = carryOutStop(rest, message);
    steps.push(step(`Flink gets the ${what}${late}: ${answer}`, answered(to, message, answer)));
    return steps;
  }
  if (listed(state, message.id) !== undefined) {
    steps.push(step(`Flink gets the ${what}${late}: it has it`, answered(rest, message, 'ACCEPTED')));
    return steps;
  }
  const begun = (from: number) => (to: State) => answered(begin(to, message, from), message, 'ACCEPTED');
  steps.push(
    step(`Flink gets the ${what}${late}: it runs from snapshot ${message.from}`, begun(message.from)(rest)),
    ...fault(rest, 'emptyStarts', `Flink gets the ${what}${late}: it runs without state`, begun(EMPTY)),
  );
  if (message.waiting)
    steps.push(
      ...fault(rest, 'submitFails', `Flink refuses the ${what}`, (to) => answered(to, message, 'REFUSED')),
    );
  return steps;
}

function begin(state: State, message: Extract<Message, { kind: 'SUBMIT' }>, from: number): State {
  const { id, program } = message;
  const isNewest = message.from !== EMPTY && message.from >= (state.newest ?? EMPTY);
  const wrong = isNewest ? state.began : `${id} begins from ${message.from}, the newest is ${state.newest}`;
  return withJob({ ...state, began: wrong }, { ...fresh, id, program, from });
}

const fresh = {
  state: 'RUNNING',
  made: null,
  shown: null,
  stop: null,
  saved: false,
  savepoint: null,
} as const;

/** A second stop under another id kills the first (FLINK-34519); a known id executes nothing. */
function carryOutStop(state: State, { id, job: jobId }: Extract<Message, { kind: 'STOP' }>): [State, Answer] {
  if (state.triggers.some((trigger) => trigger.id === id)) return [state, 'ACCEPTED'];
  const job = listed(state, jobId);
  if (job === undefined || isOver(job)) return [state, 'NO_SUCH_JOB'];
  if (job.state === 'RECOVERING' || job.state === 'CANCELLING' || job.saved) return [state, 'NOT_NOW'];
  const killed = triggerOf(state, job);
  const before = killed === undefined ? state : withTrigger(state, { ...killed, state: 'FAILED' });
  const begun = withTrigger(before, { id, state: 'IN_PROGRESS', savepoint: null });
  return [withJob(begun, { ...job, state: 'STOPPING', stop: id }), 'ACCEPTED'];
}

function triggerOf(state: State, job: Job): Trigger | undefined {
  return state.triggers.find((trigger) => trigger.id === job.stop);
}

/** The job has a snapshot more; one that began without its state has none that counts. */
function snapshot(state: State, job: Job, kind: 'checkpoint' | 'savepoint', change: Partial<Job>): State {
  if (job.from === EMPTY) return withJob(state, { ...job, ...change, made: EMPTY, shown: EMPTY });
  const version = Math.max(state.newest ?? 0, ...state.jobs.map((one) => one.made ?? 0)) + 1;
  const store = { ...state.store, [job.id === 'old' ? kind : 'submitted']: version };
  const savepoint = kind === 'savepoint' && job.id === 'old' ? version : job.savepoint;
  return withJob(
    { ...state, newest: version, store },
    { ...job, ...change, made: version, shown: version, savepoint },
  );
}

const going = { state: 'RUNNING', stop: null, saved: false } as const;

function progress(state: State, job: Job): Step<State>[] {
  switch (job.state) {
    case 'RUNNING':
      if (job.id === 'old' || job.id === byHandId || job.shown !== null) return [];
      return [step(`${job.id} completes a checkpoint`, snapshot(state, job, 'checkpoint', {}))];
    case 'STOPPING': {
      if (!job.saved)
        return [
          step(`the savepoint of ${job.id} is complete`, snapshot(state, job, 'savepoint', { saved: true })),
        ];
      const ended = withJob(state, { ...job, ...going, state: 'FINISHED' });
      return [step(`${job.id} is FINISHED`, stopEnds(ended, job, 'COMPLETED', job.made))];
    }
    case 'CANCELLING':
      return [step(`${job.id} is CANCELED`, withJob(state, { ...job, ...going, state: 'CANCELED' }))];
    case 'RECOVERING':
      return [step(`${job.id} runs again`, withJob(state, { ...job, ...going }))];
    case 'GHOST':
      return [
        step(`the TaskManagers end the tasks of ${job.id}`, {
          ...state,
          jobs: state.jobs.filter((one) => one !== job),
        }),
      ];
    case 'FINISHED':
    case 'CANCELED':
    case 'FAILED':
      return [];
  }
}

function stopEnds(state: State, job: Job, as: Trigger['state'], savepoint: number | null): State {
  const trigger = triggerOf(state, job);
  return trigger === undefined ? state : withTrigger(state, { ...trigger, state: as, savepoint });
}

function faultsOf(world: World, state: State, job: Job): Step<State>[] {
  if (job.id === byHandId) return [];
  if (job.state === 'RUNNING') {
    const checkpointed = (to: State) => snapshot(to, job, 'checkpoint', {});
    return [
      ...fault(state, 'jobFails', `${job.id} FAILED`, (to) => withJob(to, { ...job, state: 'FAILED' })),
      ...(job.id === 'old' ? fault(state, 'checkpoints', 'old completes a checkpoint', checkpointed) : []),
    ];
  }
  if (job.state !== 'STOPPING') return [];
  if (job.saved) {
    const then = world.halfWay === 'FAILED' ? ('FAILED' as const) : ('RUNNING' as const);
    const ended = { ...job, ...going, state: then };
    return fault(state, 'jobFails', `${job.id} cannot end after its savepoint, and is ${then}`, (to) =>
      stopEnds(withJob(to, ended), job, 'FAILED', job.made),
    );
  }
  return [
    ...fault(state, 'savepointFails', `the savepoint of ${job.id} failed, and it runs on`, (to) =>
      stopEnds(withJob(to, { ...job, ...going }), job, 'FAILED', null),
    ),
    ...fault(state, 'jobFails', `${job.id} FAILED`, (to) =>
      stopEnds(withJob(to, { ...job, ...going, state: 'FAILED' }), job, 'FAILED', null),
    ),
  ];
}

/** A JobManager is lost, and with it its triggers, its finished jobs and what was on its way to it. */
function losses({ highAvailability }: World, state: State, hungUp: (state: State) => State): Step<State>[] {
  return fault(state, 'jobManagerLost', 'the JobManager is lost, another takes over', (to) => {
    const jobs = to.jobs.filter(isLive).map((job): Job => {
      if (job.state === 'GHOST' || !highAvailability) return { ...job, ...going, state: 'GHOST' };
      return { ...job, ...going, state: 'RECOVERING', savepoint: null, shown: null };
    });
    return hungUp({ ...to, jobs, triggers: [], net: [] });
  });
}

/** The cache keeps a result for longer than any message is under way. */
function forgets(state: State): Step<State>[] {
  return state.triggers.flatMap((trigger) => {
    const underWay = state.net.some((message) => message.id === trigger.id);
    if (underWay || trigger.state === 'IN_PROGRESS') return [];
    return fault(state, 'forgets', `Flink forgets the result of stop ${trigger.id}`, (to) => ({
      ...to,
      triggers: to.triggers.filter((one) => one !== trigger),
    }));
  });
}

export const byHandId = 'by-hand';

/** Somebody starts the job by hand while none runs. */
function byHand(state: State): Step<State>[] {
  const down = state.runs.some((run) => run.phase === 'SUBMITTING');
  const busy = state.jobs.some(isLive) || state.net.length > 0;
  if (!down || busy) return [];
  return fault(state, 'byHand', 'somebody starts the job by hand', (to) =>
    withJob(to, { ...fresh, id: byHandId, program: 'OLD', from: to.newest ?? EMPTY }),
  );
}
