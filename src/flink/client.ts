import type { Method } from 'axios';
import { openAsBlob } from 'node:fs';
import { basename } from 'node:path';
import type { z } from 'zod';
import { FlinkAmbiguous, FlinkRefused, isRefusal, readableCause } from './errors';
import { FlinkHttp } from './http';
import type { FlinkOptions } from './http';
import * as schemas from './schemas';

/**
 * Flink's REST API, as far as Weir uses it. Every method throws one of the three `FlinkError`s and nothing else.
 *
 * Reads take an AbortSignal. Calls that change something never do: an aborted request is still executed (P7); they
 * have a time-out, after which the caller looks.
 *
 * `/jobs/overview` and `/jobs/:id/status` are never cached by Flink; `/jobs/:id`, its checkpoints, exceptions and
 * vertices are, for `web.refresh-interval` (3 s by default). State comes from the former, shape from the latter.
 */

const readTimeoutMs = 10_000;
const changeTimeoutMs = 30_000;
/** A submit runs the program's main() and, on the default scheduler, opens the snapshot before it answers. */
const submitTimeoutMs = 120_000;
const uploadTimeoutMs = 10 * 60_000;

export interface Submission {
  readonly jarId: string;
  readonly parallelism: number;
  readonly entryClass?: string | undefined;
  readonly args?: readonly string[] | undefined;
  readonly flinkConfiguration?: Readonly<Record<string, string>> | undefined;
}

/** What a job is restored from. */
export interface Restore {
  readonly savepointPath: string;
  /** Whether state that has no operator in the program is dropped. */
  readonly allowNonRestoredState: boolean;
}

export type SavepointOperation =
  | { readonly kind: 'IN_PROGRESS' }
  | { readonly kind: 'COMPLETED'; readonly location: string }
  /** `savepointPath`: the savepoint is complete although the operation failed (FLINK-26783). */
  | { readonly kind: 'FAILED'; readonly cause: string; readonly savepointPath?: string };

/** Between which parallelisms each vertex may run, by its id. */
export type Requirements = Readonly<Record<string, { readonly lower: number; readonly upper: number }>>;

export type CheckpointOperation =
  | { readonly kind: 'IN_PROGRESS' }
  | { readonly kind: 'COMPLETED'; readonly checkpointId: number }
  | { readonly kind: 'FAILED'; readonly cause: string };

export type OverviewJob = z.infer<typeof schemas.jobsOverviewSchema>['jobs'][number];

export class FlinkClient {
  private readonly http: FlinkHttp;

  constructor(options: FlinkOptions) {
    this.http = new FlinkHttp(options);
  }

  async config(signal?: AbortSignal) {
    return this.read('/config', schemas.configSchema, signal);
  }

  /** One option of the cluster's configuration; undefined where it is left to its default. */
  async option(key: string, signal?: AbortSignal): Promise<string | undefined> {
    const options = await this.read('/jobmanager/config', schemas.optionsSchema, signal);
    return options.find((option) => option.key === key)?.value;
  }

  async overview(signal?: AbortSignal) {
    return this.read('/overview', schemas.overviewSchema, signal);
  }

  /** Those that are registered, by their `taskmanager.resource-id`, with their slots. */
  async taskManagers(signal?: AbortSignal) {
    return (await this.read('/taskmanagers', schemas.taskManagersSchema, signal)).taskmanagers;
  }

  /** All jobs that this JobManager knows, live and ended. Not cached. */
  async jobs(signal?: AbortSignal): Promise<readonly OverviewJob[]> {
    return (await this.read('/jobs/overview', schemas.jobsOverviewSchema, signal)).jobs;
  }

  async job(jobId: string, signal?: AbortSignal) {
    return this.read(`/jobs/${jobId}`, schemas.jobSchema, signal);
  }

  /**
   * Not cached. An unknown job is refused as JOB_NOT_FOUND, although Flink answers 500 here. Before Flink 1.16 the route
   * is not there, and the list of jobs is as fresh.
   */
  async jobStatus(jobId: string, signal?: AbortSignal): Promise<OverviewJob['state']> {
    try {
      return (await this.read(`/jobs/${jobId}/status`, schemas.jobStatusSchema, signal)).status;
    } catch (error) {
      if (!isRefusal(error, 'ROUTE_NOT_FOUND')) throw error;
    }
    const job = (await this.jobs(signal)).find(({ jid }) => jid === jobId);
    if (job === undefined) throw new FlinkRefused(`no job ${jobId} in the list`, 404, 'JOB_NOT_FOUND');
    return job.state;
  }

  async jobConfig(jobId: string, signal?: AbortSignal) {
    return this.read(`/jobs/${jobId}/config`, schemas.jobConfigSchema, signal);
  }

  async vertex(jobId: string, vertexId: string, signal?: AbortSignal) {
    return this.read(`/jobs/${jobId}/vertices/${vertexId}`, schemas.vertexSchema, signal);
  }

  /** How much of the time each subtask is held up by what comes after it: 0 to 1. */
  async backpressure(jobId: string, vertexId: string, signal?: AbortSignal): Promise<readonly number[]> {
    const path = `/jobs/${jobId}/vertices/${vertexId}/backpressure`;
    return (await this.read(path, schemas.backpressureSchema, signal)).subtasks.map(({ ratio }) => ratio);
  }

  async checkpoints(jobId: string, signal?: AbortSignal) {
    return this.read(`/jobs/${jobId}/checkpoints`, schemas.checkpointsSchema, signal);
  }

  async checkpointConfig(jobId: string, signal?: AbortSignal) {
    return this.read(`/jobs/${jobId}/checkpoints/config`, schemas.checkpointConfigSchema, signal);
  }

  async exceptions(jobId: string, signal?: AbortSignal) {
    return this.read(`/jobs/${jobId}/exceptions`, schemas.exceptionsSchema, signal);
  }

  /**
   * Stop with savepoint. A trigger id that Flink knows executes nothing and answers as before, whatever the body
   * (FLINK-24208): so the same call may be repeated until it is answered. Savepoint and stop share one cache of ids.
   */
  async stop(
    jobId: string,
    options: {
      readonly triggerId: string;
      readonly targetDirectory: string;
      readonly formatType: string;
      /** All windows end, as if there were no more input. */
      readonly drain?: boolean;
    },
  ): Promise<void> {
    await this.change('POST', `/jobs/${jobId}/stop`, { drain: false, ...options }, schemas.triggerSchema);
  }

  /** A savepoint of the job, which goes on. Ids as with `stop`. */
  async savepoint(
    jobId: string,
    options: { readonly triggerId: string; readonly targetDirectory: string; readonly formatType: string },
  ): Promise<void> {
    const { targetDirectory, ...rest } = options;
    const body = { ...rest, 'target-directory': targetDirectory, 'cancel-job': false };
    await this.change('POST', `/jobs/${jobId}/savepoints`, body, schemas.triggerSchema);
  }

  /** How a savepoint or a stop goes. Refused as TRIGGER_NOT_FOUND when it was never asked for or is forgotten. */
  async savepointOperation(
    jobId: string,
    triggerId: string,
    signal?: AbortSignal,
  ): Promise<SavepointOperation> {
    const { status, operation } = await this.read(
      `/jobs/${jobId}/savepoints/${triggerId}`,
      schemas.savepointOperationSchema,
      signal,
    );
    if (status.id === 'IN_PROGRESS') return { kind: 'IN_PROGRESS' };
    const failure = operation?.['failure-cause'];
    if (failure !== undefined) {
      const savepointPath = /A savepoint has been created at: (.+?), but the corresponding job/.exec(
        failure['stack-trace'],
      )?.[1];
      const cause = readableCause(failure['stack-trace']);
      return { kind: 'FAILED', cause, ...(savepointPath === undefined ? {} : { savepointPath }) };
    }
    if (operation?.location !== undefined) return { kind: 'COMPLETED', location: operation.location };
    throw new FlinkAmbiguous(
      `the savepoint operation ${triggerId} is COMPLETED with neither location nor cause`,
    );
  }

  /** Asks for a checkpoint now. Since Flink 1.17; before, refused as ROUTE_NOT_FOUND. */
  async triggerCheckpoint(jobId: string, triggerId: string): Promise<void> {
    const body = { checkpointType: 'CONFIGURED', triggerId };
    await this.change('POST', `/jobs/${jobId}/checkpoints`, body, schemas.triggerSchema);
  }

  /** How a checkpoint goes that was asked for. Refused as TRIGGER_NOT_FOUND when it never was, or is forgotten. */
  async checkpointOperation(
    jobId: string,
    triggerId: string,
    signal?: AbortSignal,
  ): Promise<CheckpointOperation> {
    const { status, operation } = await this.read(
      `/jobs/${jobId}/checkpoints/${triggerId}`,
      schemas.checkpointOperationSchema,
      signal,
    );
    if (status.id === 'IN_PROGRESS') return { kind: 'IN_PROGRESS' };
    if (operation?.checkpointId != null) return { kind: 'COMPLETED', checkpointId: operation.checkpointId };
    return { kind: 'FAILED', cause: readableCause(operation?.failureCause?.['stack-trace'] ?? '') };
  }

  /**
   * Between which parallelisms an adaptive scheduler may run each vertex. Since Flink 1.18; before, refused as
   * ROUTE_NOT_FOUND, by another scheduler as UNSUPPORTED.
   */
  async requirements(jobId: string, signal?: AbortSignal): Promise<Requirements> {
    const path = `/jobs/${jobId}/resource-requirements`;
    const found = await this.read(path, schemas.requirementsSchema, signal);
    return Object.fromEntries(
      Object.entries(found).map(([id, { parallelism }]) => [
        id,
        { lower: parallelism.lowerBound, upper: parallelism.upperBound },
      ]),
    );
  }

  /** Asks for other bounds, of every vertex. That they are taken is no word on whether the job will run so. */
  async require(jobId: string, requirements: Requirements): Promise<void> {
    const body = Object.fromEntries(
      Object.entries(requirements).map(([id, { lower, upper }]) => [
        id,
        { parallelism: { lowerBound: lower, upperBound: upper } },
      ]),
    );
    await this.change('PUT', `/jobs/${jobId}/resource-requirements`, body, schemas.emptySchema);
  }

  /** Asks for the job's end. A job that has ended already, or is unknown, is not an error. */
  async cancel(jobId: string): Promise<void> {
    try {
      await this.change('PATCH', `/jobs/${jobId}?mode=cancel`, undefined, schemas.emptySchema);
    } catch (error) {
      if (!isRefusal(error, 'ALREADY_TERMINAL') && !isRefusal(error, 'JOB_NOT_FOUND')) throw error;
    }
  }

  /** Asks for the files of a savepoint to be deleted; returns the id of the operation. Each call makes a new one. */
  async disposeSavepoint(path: string): Promise<string> {
    const body = { 'savepoint-path': path };
    return (await this.change('POST', '/savepoint-disposal', body, schemas.triggerSchema))['request-id'];
  }

  /** How a disposal goes. Refused as TRIGGER_NOT_FOUND when it is forgotten. */
  async savepointDisposal(
    triggerId: string,
    signal?: AbortSignal,
  ): Promise<{ kind: 'IN_PROGRESS' | 'COMPLETED' } | { kind: 'FAILED'; cause: string }> {
    const path = `/savepoint-disposal/${triggerId}`;
    const { status, operation } = await this.read(path, schemas.savepointOperationSchema, signal);
    const failure = operation?.['failure-cause'];
    if (failure !== undefined) return { kind: 'FAILED', cause: readableCause(failure['stack-trace']) };
    return { kind: status.id };
  }

  async jars(signal?: AbortSignal) {
    return (await this.read('/jars', schemas.jarsSchema, signal)).files;
  }

  /** Uploads a file and returns the id of the jar. Every upload makes a new id. */
  async uploadJar(file: string, name: string = basename(file)): Promise<string> {
    const form = new FormData();
    form.append('jarfile', await openAsBlob(file, { type: 'application/x-java-archive' }), name);
    const { filename } = await this.change(
      'POST',
      '/jars/upload',
      form,
      schemas.uploadSchema,
      uploadTimeoutMs,
    );
    return basename(filename);
  }

  /** The vertices that a program would have. Runs its main() in the JobManager and submits nothing. */
  async planJar(submission: Submission): Promise<{ id: string; parallelism: number }[]> {
    const { plan } = await this.change(
      'POST',
      `/jars/${submission.jarId}/plan`,
      programBody(submission),
      schemas.planSchema,
      submitTimeoutMs,
    );
    return plan.nodes.map(({ id, parallelism }) => ({ id, parallelism }));
  }

  /**
   * Starts a program from a snapshot, under a job id that the caller chose. NO_CLAIM: Flink never owns the snapshot,
   * so a failing first start cannot delete it. 'EMPTY': without state.
   */
  async runJar(submission: Submission, jobId: string, restore: Restore | 'EMPTY'): Promise<void> {
    if (restore !== 'EMPTY' && restore.savepointPath === '')
      throw new Error('an empty savepoint path would start the job without its state');
    const from = restore === 'EMPTY' ? {} : { restoreMode: 'NO_CLAIM', ...restore };
    await this.change(
      'POST',
      `/jars/${submission.jarId}/run`,
      { ...programBody(submission), jobId, ...from },
      schemas.runSchema,
      submitTimeoutMs,
    );
  }

  private read<S extends z.ZodType>(path: string, schema: S, signal?: AbortSignal): Promise<z.output<S>> {
    return this.http.request('GET', path, schema, { timeout: readTimeoutMs, signal });
  }

  private change<S extends z.ZodType>(
    method: Method,
    path: string,
    data: unknown,
    schema: S,
    timeout = changeTimeoutMs,
  ): Promise<z.output<S>> {
    return this.http.request(method, path, schema, { timeout, data });
  }
}

function programBody(submission: Submission) {
  return {
    parallelism: submission.parallelism,
    ...(submission.entryClass === undefined ? {} : { entryClass: submission.entryClass }),
    ...(submission.args === undefined ? {} : { programArgsList: submission.args }),
    ...(submission.flinkConfiguration === undefined
      ? {}
      : { flinkConfiguration: submission.flinkConfiguration }),
  };
}
