import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { searchAttributes } from '../contracts/rescale';
import { freePort, isListening } from './ports';
import { Service } from './service';

export interface TemporalOptions {
  runDir: string;
  /** Path of the Temporal CLI, see `provisionTemporal`. */
  binary: string;
  /** Port of the front end; a free one when left out. */
  port?: number;
  /** Port of the Web UI; a free one when left out. */
  uiPort?: number;
  /** No Web UI. */
  headless?: boolean;
  /** Server options beside ours, such as `limit.historyCount.suggestContinueAsNew=50`. */
  dynamicConfig?: readonly string[];
}

export interface CliResult {
  code: number;
  stdout: string;
  stderr: string;
}

/**
 * A Temporal dev server with its data in a file: after `kill` and `start` it goes on where it was, on the same ports.
 */
export class TemporalServer {
  /** Host and port of the front end, for `TEMPORAL_ADDRESS`. */
  readonly address: string;
  readonly namespace = 'default';
  /** Base URL of the Web UI; undefined when headless. */
  readonly uiUrl: string | undefined;
  readonly service: Service;
  private readonly binary: string;
  private readonly configFile: string;

  static async create(options: TemporalOptions): Promise<TemporalServer> {
    const ports = {
      port: options.port ?? (await freePort()),
      uiPort: options.uiPort ?? (await freePort()),
      httpPort: await freePort(),
      metricsPort: await freePort(),
    };
    return new TemporalServer(options, ports);
  }

  private constructor(
    { runDir, binary, headless = false, dynamicConfig = [] }: TemporalOptions,
    ports: { port: number; uiPort: number; httpPort: number; metricsPort: number },
  ) {
    this.binary = binary;
    this.configFile = join(runDir, 'temporal.toml');
    // the SDK's envconfig cannot read a file without a profile
    writeFileSync(this.configFile, '[profile.default]\n');
    this.address = `127.0.0.1:${ports.port}`;
    this.uiUrl = headless ? undefined : `http://127.0.0.1:${ports.uiPort}`;
    const args = [
      ...['server', 'start-dev', '--ip', '127.0.0.1', '--log-level', 'warn'],
      ...['--port', String(ports.port), '--http-port', String(ports.httpPort)],
      ...['--metrics-port', String(ports.metricsPort)],
      ...(headless
        ? ['--headless']
        : ['--ui-port', String(ports.uiPort), '--ui-ip', '127.0.0.1', '--ui-disable-news-fetch']),
      ...['--db-filename', join(runDir, 'temporal.db')],
      // The defaults write each step to the disk at once (+8 ms a step); a dev server need not survive a power cut.
      ...['--sqlite-pragma', 'journal_mode=WAL', '--sqlite-pragma', 'synchronous=NORMAL'],
      // The default, 20 a second, is meant for each of many shards; the dev server has one.
      ...['history.transferProcessorMaxPollRPS=1000', ...dynamicConfig].flatMap((option) => [
        '--dynamic-config-value',
        option,
      ]),
      ...searchAttributes.flatMap((name) => ['--search-attribute', `${name}=Keyword`]),
    ];
    this.service = new Service({
      name: 'temporal',
      runDir,
      command: () => ({ command: binary, args }),
      ready: (process) =>
        process.ready(() => this.answers(ports.port), { what: 'Temporal to answer', deadlineMs: 60_000 }),
    });
  }

  /** Runs the real CLI against this server, as a user would: `cli(['workflow', 'list'])`. Never throws for its exit code. */
  cli(args: string[]): Promise<CliResult> {
    return new Promise((resolve, reject) => {
      const child = spawn(this.binary, args, {
        env: { ...process.env, ...this.env },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let stdout = '';
      let stderr = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
      child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
      child.once('error', reject);
      child.once('close', (code) => resolve({ code: code ?? -1, stdout, stderr }));
    });
  }

  /**
   * The environment in which the CLI, the worker and a client find this server. Whatever else the user's environment
   * and profile say about Temporal (an API key, TLS) is not meant for it, and taken away.
   */
  get env(): Record<string, string | undefined> {
    const theirs = Object.keys(process.env).filter((name) => name.startsWith('TEMPORAL_'));
    return {
      ...Object.fromEntries(theirs.map((name) => [name, undefined])),
      TEMPORAL_CONFIG_FILE: this.configFile,
      TEMPORAL_ADDRESS: this.address,
      TEMPORAL_NAMESPACE: this.namespace,
    };
  }

  private async answers(port: number): Promise<boolean> {
    // A first connection that is refused costs gRPC a second until its next.
    if (!(await isListening(port))) return false;
    const connection = await Connection.connect({ address: this.address, connectTimeout: 1000 });
    try {
      await connection.workflowService.listWorkflowExecutions({
        namespace: this.namespace,
        query: 'WeirJob = "none"',
      });
      return true;
    } finally {
      await connection.close();
    }
  }
}
