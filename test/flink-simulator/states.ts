export type EndState = 'FINISHED' | 'CANCELED' | 'FAILED';
export type JobState =
  'INITIALIZING' | 'CREATED' | 'RUNNING' | 'RESTARTING' | 'CANCELLING' | 'FAILING' | EndState;

/**
 * The state that all tasks of a job are in; FAILED: one of them, and the others are CANCELED. NONE: there are no tasks,
 * an adaptive scheduler makes them once it has slots.
 */
export type TaskState =
  | 'NONE'
  | 'CREATED'
  | 'SCHEDULED'
  | 'DEPLOYING'
  | 'INITIALIZING'
  | 'RUNNING'
  | 'CANCELING'
  | 'CANCELED'
  | 'FINISHED'
  | 'FAILED';

export const jobStates: readonly JobState[] = [
  ...(['INITIALIZING', 'CREATED', 'RUNNING', 'RESTARTING', 'CANCELLING', 'FAILING'] as const),
  ...(['FINISHED', 'CANCELED', 'FAILED'] as const),
];

export function isEnd(state: JobState): state is EndState {
  return state === 'FINISHED' || state === 'CANCELED' || state === 'FAILED';
}
