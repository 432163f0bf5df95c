import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Orders } from '../../../src/dev/orders';
import type { Stack } from '../../../src/dev/stack';
import { FlinkClient } from '../../../src/flink/client';
import { running } from '../../kit/application';
import { checkpointNow, firstCheckpoint } from './steps';
import { isSince } from './versions';
import type { Kind, Misbehaviour, Target } from './target';

/**
 * How the real cluster must be configured to be compared. Up to 1.20 a job's first checkpoint comes at any moment of its
 * interval; from 1.17 on it can be asked for.
 */
export function realSettings(version: string, kind: Kind = 'PLAIN') {
  return {
    ...(kind === 'ADAPTIVE' ? adaptiveSettings(version) : {}),
    ...(kind === 'REACTIVE' ? reactiveSettings : {}),
    'execution.checkpointing.interval': isSince(version, '1.17') ? '1 h' : '2 s',
    'rest.async.store-duration': '3 s',
  };
}

/** Shorter times than Flink's own: 5 min, 10 s, 30 s. Since 2.0 some have other names. */
function adaptiveSettings(version: string) {
  const prefix = 'jobmanager.adaptive-scheduler';
  const submission = isSince(version, '2.0') ? `${prefix}.submission` : prefix;
  const cooldown = isSince(version, '2.0') ? 'executing.cooldown-after-rescaling' : 'scaling-interval.min';
  return {
    'jobmanager.scheduler': 'adaptive',
    [`${submission}.resource-wait-timeout`]: '4 s',
    [`${submission}.resource-stabilization-timeout`]: '1 s',
    [`${prefix}.${cooldown}`]: '1 s',
  };
}

/** How long a job waits for its first slots is left to Flink: that is the mode. */
const reactiveSettings = {
  'scheduler-mode': 'reactive',
  'jobmanager.adaptive-scheduler.executing.cooldown-after-rescaling': '1 s',
  'jobmanager.adaptive-scheduler.executing.resource-stabilization-timeout': '1 s',
};

/** The example job's faults that make it do so; all are looked for by the job itself. */
const faults: Readonly<{ [M in Misbehaviour]: readonly (readonly [string, string])[] }> = {
  FAILS_WHILE_STOPPING: [['close-fail', '']],
  FAILS_SNAPSHOT: [['snapshot-fail', '']],
  SLOW_SNAPSHOT: [['snapshot-delay', '1200']],
  KEEPS_RESTARTING: [
    ['open-fail', ''],
    ['process-fail', ''],
  ],
  FAILS_TO_OPEN: [['open-fail', '']],
  SLOW_RESTORE: [['restore-delay', '1000']],
  MAIN_FAILS: [['main-fail', '']],
};

/** A real cluster, to be compared: Flink of the stack, and its example job, or its application. */
export function realTarget(stack: Stack): Target {
  const orders = new Orders(stack, { name: 'conformance' });
  const flink = new FlinkClient({ rest: stack.flink.restUrl });
  const file = join(stack.artifacts, orders.config.artifact.jar);
  const regularFile = join(stack.runDir, 'regular-file');
  writeFileSync(regularFile, '');
  let jarId: string | undefined;
  const target: Target = {
    ...{ flink, file, version: stack.flink.version, restUrl: stack.flink.restUrl, resultsKeptMs: 3_000 },
    savepoints: stack.flink.savepointRoot,
    notADirectory: `file://${regularFile}/below`,
    submission: async (parallelism) => {
      jarId ??= await flink.uploadJar(file);
      return { jarId, parallelism, args: orders.config.artifact.args };
    },
    start: async (parallelism) => {
      const jobId = await orders.start(parallelism);
      if (isSince(target.version, '1.17') && !isSince(target.version, '2.0'))
        await checkpointNow(target, jobId);
      await firstCheckpoint(flink, jobId);
      return jobId;
    },
    application: async () => (await running(stack)).jobId,
    scale: (taskManagers) => stack.ownedTaskManagers.platform.scale(taskManagers),
    make: async (misbehaviour) => {
      for (const [fault, parameter] of faults[misbehaviour]) await orders.fault(fault, parameter);
    },
    mend: async () => {
      for (const [fault] of Object.values(faults).flat()) await orders.mend(fault);
    },
    loseJobManager: async () => {
      await stack.flink.jobManager.kill();
      await stack.flink.jobManager.start();
    },
    tend: () => stack.flink.jobManager.start(),
  };
  return target;
}
