import type { DeploymentCase } from './case';

/** A case that once violated an invariant, and how it ends since the fault was mended. */
export interface FoundInDeployment {
  readonly name: string;
  readonly case: DeploymentCase;
  /** What is wanted at last, and what is. */
  readonly ends: string;
}

const say = (name: 'suspend' | 'cancel') =>
  ({ kind: 'SAY', how: 'UPDATE', saying: { name }, times: 1 }) as const;

/** Faults of the product that campaigns of deployments have found, each as small as it was understood. */
export const foundInDeployments: readonly FoundInDeployment[] = [
  {
    // seed 5078
    name: 'a cancel while its suspend is under way: it is CANCELLED, not SUSPENDED for ever',
    case: {
      ...{ parallelism: 2, checkpoints: 'OFTEN', stops: [{ kind: 'TAKES', ms: 1_000 }] },
      acts: [
        { when: { is: 'AT_REST' }, deed: say('suspend') },
        { when: { is: 'UNDER_WAY' }, deed: say('cancel') },
      ],
    },
    ends: 'CANCELLED/CANCELLED',
  },
];
