import type { Submission } from '../flink/client';
import type { Launch } from '../planning/plan';

/** What `/jars/:id/run` is given for a launch. */
export function submissionOf(launch: Launch): Submission {
  const { entryClass, args, flinkConfiguration } = launch.jar.artifact;
  return { jarId: launch.jar.jarId, parallelism: launch.parallelism, entryClass, args, flinkConfiguration };
}
