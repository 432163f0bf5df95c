import type { Observation, ObservedJob } from '../contracts/observation';
import type { RescaleRequest } from '../contracts/rescale';
import { knownFaultObjections } from './known-faults';
import { isUpgrade } from './objections';
import type { Mend, Objection } from './objections';
import { can, parseVersion } from './versions';

/** Why a job cannot be rescaled in place, each with what is valid instead. */
export function inPlaceObjections(
  job: ObservedJob,
  observation: Observation,
  request: RescaleRequest,
): Objection[] {
  const version = parseVersion(observation.flinkVersion);
  return [
    ...clusterObjections(job, observation),
    ...(version === undefined ? [] : knownFaultObjections(version, observation, request)),
    ...choiceObjections(observation, request),
    ...jobObjections(job),
  ];
}

const restart: { readonly valid: string; readonly mend: Mend } = {
  valid: '"mechanism": "RESTART"',
  mend: { mechanism: 'RESTART' },
};

/** An application-mode cluster can do nothing else. */
function instead({ application }: Observation): { readonly valid: string; readonly mend?: Mend } {
  return application === true ? { valid: 'deploy the application anew, from a savepoint' } : restart;
}

/** Whether the cluster can do it at all. */
function clusterObjections(job: ObservedJob, observation: Observation): Objection[] {
  const { flinkVersion, scheduler = 'DEFAULT' } = observation;
  const { valid, mend } = instead(observation);
  const refuse = (reason: string, valid: string): Objection[] => [
    { reason: `${reason}; valid: ${valid}`, mend },
  ];
  const version = parseVersion(flinkVersion);
  if (version !== undefined && !can(version, 'REQUIREMENTS'))
    return refuse(
      `Flink ${flinkVersion} cannot be asked for another parallelism of a job that runs`,
      `Flink 1.18 or newer, or ${valid}`,
    );
  switch (scheduler) {
    case 'REACTIVE':
      return refuse(
        'the cluster is reactive: the job runs as wide as there are slots, and Flink takes no other word',
        'another number of TaskManagers, by "mechanism": "REACTIVE"',
      );
    case 'DEFAULT':
      return refuse(
        'the cluster does not have the adaptive scheduler, which alone changes the parallelism of a job that runs',
        `jobmanager.scheduler: adaptive in its configuration, or ${valid}`,
      );
    case 'ADAPTIVE':
      if (job.requirements !== undefined || job.state === 'FAILED') return [];
      return refuse('Flink does not tell between which parallelisms the job may run', valid);
  }
}

/** Only the parallelism may change. */
export function choiceObjections(observation: Observation, request: RescaleRequest): Objection[] {
  const found: Objection[] = [];
  const { valid, mend } = instead(observation);
  if (isUpgrade(request, observation.program)) {
    found.push({
      reason: `another program cannot be put in place of one that runs; valid: no "artifact", or ${valid}`,
      mend,
    });
  }
  if (request.restoreStrategy !== 'LATEST_STATE') {
    found.push({
      reason:
        `"restoreStrategy": "${request.restoreStrategy}" is for a job that is started anew, and ${request.mechanism} goes on from its ` +
        `newest checkpoint; valid: "LATEST_STATE", or ${valid}`,
      mend: { restoreStrategy: 'LATEST_STATE' },
    });
  }
  return found;
}

/** It is restarted from a checkpoint that is taken for that, so one must be possible right now. */
export function jobObjections(job: ObservedJob): Objection[] {
  const { checkpointing } = job;
  if (job.batch)
    return [
      { reason: 'the job cannot be rescaled in place: it is a batch job; valid: let it come to its end' },
    ];
  if (job.state !== 'RUNNING') {
    const { valid, mend } = restart;
    return [
      {
        reason: `the job is ${job.state}; in place it is rescaled only while it is RUNNING; valid: ${valid}`,
        mend,
      },
    ];
  }
  if (checkpointing?.intervalMs === undefined) {
    return [
      {
        reason:
          'the job takes no checkpoints, so Flink would restart it without its state; ' +
          'valid: set execution.checkpointing.interval',
      },
    ];
  }
  const { underWay } = checkpointing;
  return [
    ...job.vertices
      .filter((vertex) => vertex.ready < vertex.parallelism)
      .map(({ ready, parallelism, name }) => ({
        reason: `${ready} of ${parallelism} tasks of "${name}" are running; a checkpoint needs all of them; valid: wait until they do`,
      })),
    ...(underWay?.kind === 'STOP'
      ? [
          {
            reason: `somebody else is stopping the job (checkpoint ${underWay.checkpointId}); valid: wait for its end`,
          },
        ]
      : []),
  ];
}
