import type { Case } from './case';

/** A case that once violated an invariant, and how it ends since the fault was mended. */
export interface Found {
  readonly name: string;
  readonly case: Case;
  /** The outcome, or the type of the failure. */
  readonly ends: string;
}

const timeouts = { stop: 1_500, restart: 1_500, restore: 4_000, recovery: 500, attention: 500 };
const input = { parallelism: 4, timeouts, maxSavepointCreationAttempts: 1, maxJobCreationAttempts: 1 };
const givesUp = [{ when: { phase: 'ATTENTION' }, deed: { kind: 'GIVE_UP' } }] as const;

/** Faults of the product that campaigns have found, each as small as it was understood. */
export const found: readonly Found[] = [
  {
    name: 'an abort while the worker that plans is dead: aborted, not an unexpected failure',
    case: {
      input,
      crashes: [{ call: 'uploadJar', nth: 1, what: 'NEVER_SENT' }],
      acts: [{ when: { call: 'uploadJar', nth: 1 }, deed: { kind: 'ABORT' } }],
    },
    ends: 'ABORTED',
  },
  {
    name: 'an operator gives up while the worker that proves the end is dead: the failure says where the state is',
    case: {
      input,
      // who saw the end of the job with its savepoint would wait for no proof
      faults: [{ on: 'GET /jobs/:id/status', kind: 'STATUS', status: 503, after: 1, times: 1 }],
      crashes: [{ call: 'jobStatus', nth: 3, what: 'NEVER_SENT' }],
      acts: givesUp,
    },
    ends: 'JobDown',
  },
  {
    name: 'an operator gives up while the worker that settles is dead: what is true is looked at all the same',
    case: {
      input,
      stops: [{ kind: 'REFUSED' }],
      crashes: [{ call: 'config', nth: 2, what: 'NEVER_SENT' }],
      acts: givesUp,
    },
    ends: 'SavepointFailed',
  },
  {
    name: 'an operator gives up while the worker that waits for the checkpoint is dead: the new job stays',
    case: {
      input,
      starts: [{ kind: 'NO_CHECKPOINT' }],
      crashes: [{ call: 'triggerCheckpoint', nth: 1, what: 'NEVER_SENT' }],
      acts: givesUp,
    },
    ends: 'RESCALED',
  },
  {
    name: 'the worker that cancels an empty start dies: the job is started again from its state, nobody else cancelled it',
    case: {
      input: { ...input, maxJobCreationAttempts: 2 },
      starts: [{ kind: 'EMPTY' }],
      crashes: [{ call: 'cancel', nth: 1, what: 'UNREAD' }],
    },
    ends: 'RESCALED',
  },
  {
    name: 'the same with one try, and the activity scheduled anew',
    case: { input, starts: [{ kind: 'EMPTY' }], crashes: [{ call: 'cancel', nth: 1, what: 'UNREAD' }] },
    ends: 'RolledBack',
  },
  {
    name: 'the worker of the last resort dies when it has cancelled what did not come: it is tried again',
    case: {
      input,
      starts: [{ kind: 'REFUSED' }, { kind: 'REFUSED' }, { kind: 'NEVER_SCHEDULED' }],
      crashes: [{ call: 'cancel', nth: 1, what: 'UNREAD' }],
    },
    ends: 'RolledBack',
  },
];
