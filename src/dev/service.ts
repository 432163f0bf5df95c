import { ManagedProcess, type Command } from './process';

export interface ServiceOptions {
  name: string;
  runDir: string;
  /** The command of the `n`th start (1 the first time). */
  command: (start: number) => Command | Promise<Command>;
  /** Waits until the process that was just started does its work; throws if it will not. */
  ready: (process: ManagedProcess, start: number) => Promise<unknown>;
}

/**
 * A process that can be ended and started again in the same place: same ports, same data, same log. `start` and
 * `restart` return when it is ready.
 */
export class Service {
  private process: ManagedProcess | undefined;
  private starts = 0;

  constructor(private readonly options: ServiceOptions) {}

  get name(): string {
    return this.options.name;
  }

  get running(): boolean {
    return this.process?.running ?? false;
  }

  /** The process of the newest start. Throws if the service was never started. */
  get current(): ManagedProcess {
    if (!this.process) throw new Error(`${this.name} was never started`);
    return this.process;
  }

  /** Path of the log. */
  get log(): string {
    return this.current.log;
  }

  /** Starts it, and waits until it is ready; if it does not get ready it is ended again. No effect while it runs. */
  async start(): Promise<void> {
    if (this.running) return;
    this.starts += 1;
    const { name, runDir } = this.options;
    const command = await this.options.command(this.starts);
    this.process = await ManagedProcess.start({ ...command, name, runDir });
    try {
      await this.options.ready(this.process, this.starts);
    } catch (error) {
      await this.process.kill();
      throw error;
    }
  }

  /** SIGTERM, then SIGKILL after `deadlineMs` (10 s). No effect if it does not run. */
  async stop(deadlineMs?: number): Promise<void> {
    await this.process?.stop(deadlineMs);
  }

  /** SIGKILL; returns once it is gone. No effect if it does not run. */
  async kill(): Promise<void> {
    await this.process?.kill();
  }

  /** Stops it if it runs, then starts it. */
  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  pause(): void {
    this.current.pause();
  }

  resume(): void {
    this.current.resume();
  }

  tail(lines?: number): string {
    return this.current.tail(lines);
  }
}
