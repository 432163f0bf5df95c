/** The example job on a cluster of this stack: how weir.yaml names it, and how it is started the first time. */
import { openAsBlob } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobConfig } from '../config';
import { EXAMPLE_JAR } from './example';
import type { Stack } from './stack';
import { until } from './until';

export interface OrdersOptions {
  /** The job's name; its output and faults are in folders of that name. */
  readonly name: string;
  /** More of the example's arguments: `['--rate', '500']`. */
  readonly args?: readonly string[];
  readonly flinkConfiguration?: Record<string, string>;
}

/** Splits of the example's source, so that which records exist does not depend on the parallelism. */
export const ordersSplits = 32;

/** The example job under a name of its own, on a stack. */
export class Orders {
  readonly name: string;
  private jarId: string | undefined;

  constructor(
    private readonly stack: Stack,
    private readonly options: OrdersOptions,
  ) {
    this.name = options.name;
  }

  /** Where its sink writes. */
  get output(): string {
    return join(this.stack.output, this.name);
  }

  /** The entry for `jobs` in weir.yaml, and what is submitted. */
  get config(): JobConfig {
    const { args = [], flinkConfiguration } = this.options;
    return {
      cluster: 'local',
      job: this.name,
      artifact: {
        jar: EXAMPLE_JAR,
        args: [
          ...['--name', this.name, '--output', this.output, '--faults', this.faults],
          ...['--splits', String(ordersSplits), ...args],
        ],
        ...(flinkConfiguration === undefined ? {} : { flinkConfiguration }),
      },
    };
  }

  /**
   * Starts it, without state as one does the first time or from a savepoint, and waits until every task runs.
   * Returns the job id.
   */
  async start(parallelism: number, savepointPath?: string): Promise<string> {
    await mkdir(this.faults, { recursive: true });
    this.jarId ??= await this.upload();
    const { args, flinkConfiguration } = this.config.artifact;
    const answer = await fetch(`${this.stack.flink.restUrl}/jars/${this.jarId}/run`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ parallelism, programArgsList: args, flinkConfiguration, savepointPath }),
    });
    const body = (await answer.json()) as { jobid?: string; errors?: string[] };
    const { jobid } = body;
    if (jobid === undefined) throw new Error(`${this.name} was not started: ${body.errors?.join('\n')}`);
    await until(async () => (await this.live()).some((job) => job.id === jobid && job.allTasksRun), {
      what: `${this.name} to run at parallelism ${parallelism}`,
      deadlineMs: 60_000,
    });
    return jobid;
  }

  /** The live jobs of this name, as Flink lists them. */
  async live(): Promise<{ id: string; state: string; allTasksRun: boolean; parallelism: number }[]> {
    interface Listed {
      jid: string;
      name: string;
      state: string;
      tasks: { total: number; running: number };
    }
    const listed = await this.read<{ jobs: Listed[] }>('/jobs/overview');
    const live = listed.jobs.filter(
      (job) => job.name === this.name && !['FINISHED', 'CANCELED', 'FAILED'].includes(job.state),
    );
    return Promise.all(
      live.map(async (job) => ({
        id: job.jid,
        state: job.state,
        allTasksRun: job.state === 'RUNNING' && job.tasks.total > 0 && job.tasks.running === job.tasks.total,
        parallelism: Math.max(
          ...(await this.read<{ vertices: { parallelism: number }[] }>(`/jobs/${job.jid}`)).vertices.map(
            (vertex) => vertex.parallelism,
          ),
        ),
      })),
    );
  }

  /** Makes the running job misbehave (see `Faults.java`): `fault('snapshot-delay', '3000')`. */
  async fault(name: string, parameter = ''): Promise<void> {
    await mkdir(this.faults, { recursive: true });
    await writeFile(join(this.faults, name), parameter);
  }

  async mend(name: string): Promise<void> {
    await rm(join(this.faults, name), { force: true });
  }

  private get faults(): string {
    return join(this.stack.runDir, 'faults', this.name);
  }

  private async upload(): Promise<string> {
    const form = new FormData();
    form.append('jarfile', await openAsBlob(join(this.stack.artifacts, EXAMPLE_JAR)), EXAMPLE_JAR);
    const answer = await fetch(`${this.stack.flink.restUrl}/jars/upload`, { method: 'POST', body: form });
    const { filename } = (await answer.json()) as { filename: string };
    return filename.slice(filename.lastIndexOf('/') + 1);
  }

  private async read<T>(path: string): Promise<T> {
    const answer = await fetch(`${this.stack.flink.restUrl}${path}`);
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
    return (await answer.json()) as T;
  }
}
