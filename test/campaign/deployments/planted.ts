import { ApplicationFailure } from '@temporalio/common';
import { z } from 'zod';
import type { Sighting } from '../../../src/contracts/deployment';
import { noTries } from '../../../src/contracts/failures';
import type { Crash } from '../case';
import type { Defect } from '../machine';
import type { DeploymentCase } from './case';
import type { DeploymentInvariant } from './invariants';

/** A defect of the product, and the one invariant that it violates in this case. */
export interface PlantedInDeployment {
  readonly violates: DeploymentInvariant;
  readonly name: string;
  readonly case: DeploymentCase;
  /** In the place of activities. */
  readonly defect?: Defect;
  /** In the place of the sound workflow: of ../workflows/entity-defects. */
  readonly workflow?: string;
  readonly crashes?: readonly Crash[];
  readonly limitMs?: number;
}

const input = { parallelism: 2, checkpoints: 'OFTEN' } as const;
const scaled = (parallelism: number) =>
  ({
    when: { is: 'AT_REST' },
    deed: { kind: 'SAY', how: 'UPDATE', saying: { name: 'scale', parallelism }, times: 1 },
  }) as const;
const atRest = { is: 'AT_REST' } as const;

/** Does `instead` in the place of one activity; the others are sound. */
function instead(name: string, defect: Defect): Defect {
  return (invocation) =>
    invocation.activity === name ? defect(invocation) : invocation.next(invocation.input);
}

/** Of the input of `restart`, what defects here change. */
const submits = z.looseObject({ namesakes: z.array(z.string()), origin: z.unknown() });

export const plantedInDeployments: readonly PlantedInDeployment[] = [
  {
    violates: 'S1',
    name: 'a submit looks at nothing, and its id is invented',
    case: { ...input, adopted: true, acts: [scaled(4)] },
    crashes: [{ call: 'runJar', nth: 1, what: 'UNREAD' }],
    defect: instead('restart', async ({ input: given, next, site: { flink, calls } }) => {
      const namesakes = flink.effects.flatMap((one) => (one.kind === 'STARTED' ? [one.jobId] : []));
      const n = 1 + calls.sent.filter(({ method }) => method === 'runJar').length;
      return next({ ...submits.parse(given), namesakes, tries: { ...noTries, next: n } });
    }),
  },
  {
    violates: 'S2',
    name: 'a job is started without its state',
    case: { ...input, adopted: true, acts: [scaled(4)] },
    defect: instead('restart', ({ input: given, next }) =>
      next({ ...submits.parse(given), origin: { kind: 'EMPTY' } }),
    ),
  },
  {
    violates: 'E1',
    name: 'a version is not handed on to the next run',
    case: { ...input, acts: [scaled(4), scaled(3)] },
    workflow: 'forgetsVersions',
  },
  {
    violates: 'E2',
    name: 'which requests were answered is not handed on to the next run',
    case: {
      ...input,
      acts: [scaled(4), scaled(3), { when: atRest, deed: { kind: 'SAY_AGAIN', nth: 0, how: 'UPDATE' } }],
    },
    workflow: 'forgetsRequests',
  },
  {
    violates: 'E3',
    name: 'a look sees another parallelism than there is',
    case: { ...input, acts: [{ when: atRest, deed: { kind: 'BY_HAND', what: { parallelism: 3 } } }] },
    limitMs: 15_000,
    defect: instead('look', async ({ input: given, next }) => {
      const seen = (await next(given)) as Sighting;
      return seen.kind === 'LIVE' ? { ...seen, parallelism: seen.parallelism + 1 } : seen;
    }),
  },
  {
    violates: 'E4',
    name: 'the end of a transition is never heard of',
    case: { ...input, acts: [scaled(4)] },
    limitMs: 15_000,
    defect: instead('follow', async ({ input: given, next }) => {
      await next(given);
      throw ApplicationFailure.retryable('once more');
    }),
  },
  {
    violates: 'E5',
    name: 'a rescale is refused that could be carried out',
    case: { ...input, acts: [scaled(4)] },
    limitMs: 15_000,
    defect: instead('observe', async ({ input: given, next, site: { flink } }) => {
      if (flink.effects.length > 0) throw ApplicationFailure.nonRetryable('no', 'InvalidRequest');
      return next(given);
    }),
  },
  {
    violates: 'E6',
    name: 'a task of the workflow fails',
    case: { ...input, acts: [scaled(4)] },
    workflow: 'failsAtFirst',
  },
];
