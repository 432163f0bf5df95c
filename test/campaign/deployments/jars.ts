import { defaultProgram } from '../../flink-simulator/program';
import type { DeploymentCase, Jar } from './case';

/** The jars of a case: an old one and a new one, of a program that takes checkpoints as the case says. */

const jars = {
  OFTEN: { OLD: 'orders.jar', NEW: 'orders-2.jar' },
  SELDOM: { OLD: 'seldom.jar', NEW: 'seldom-2.jar' },
} as const;

export function jarOf({ checkpoints }: Pick<DeploymentCase, 'checkpoints'>, jar: Jar): string {
  return jars[checkpoints][jar];
}

/** SELDOM: a checkpoint when the job starts, and then none for as long as a case takes. */
export const programs = [
  ...[jars.SELDOM.OLD, jars.SELDOM.NEW].map((jar) => ({
    ...{ ...defaultProgram, jar },
    checkpointing: { intervalMs: 600_000 },
  })),
  defaultProgram,
];
