import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { record } from './registry';
import { until, type UntilOptions } from './until';

export interface Command {
  command: string;
  args: string[];
  /** Added to this process's environment; `undefined` takes a variable away. */
  env?: Record<string, string | undefined>;
  cwd?: string;
}

export interface ProcessOptions extends Command {
  /** Names the log (`logs/<name>.log`) and the record (`pids/<name>.json`) in the run folder. */
  name: string;
  runDir: string;
}

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** A process exited although it was still needed; the message carries the end of its log. */
export class ProcessExitedError extends Error {
  override readonly name = 'ProcessExitedError';
}

/**
 * A child in a process group of its own, so that Ctrl-C in the terminal does not reach it and its own children end
 * with it. Its output is appended to a log. It never outlives this process, however that ends (see {@link guard}).
 */
export class ManagedProcess {
  readonly name: string;
  readonly pid: number;
  readonly log: string;
  /** Resolves when the process is gone; never rejects. */
  readonly exited: Promise<Exit>;
  private readonly logStart: number;
  private exit: Exit | undefined;

  /** Starts the process. Throws if the command cannot be run at all. */
  static async start(options: ProcessOptions): Promise<ManagedProcess> {
    const logs = join(options.runDir, 'logs');
    mkdirSync(logs, { recursive: true });
    const log = join(logs, `${options.name}.log`);
    const output = openSync(log, 'a');
    const logStart = statSync(log).size;
    const child = spawn(options.command, options.args, {
      detached: true,
      stdio: ['ignore', output, output],
      env: { ...process.env, ...options.env },
      cwd: options.cwd ?? options.runDir,
    });
    closeSync(output);
    const { pid } = child;
    if (pid === undefined) {
      const cause = await new Promise<Error>((resolve) => child.once('error', resolve));
      throw new Error(`cannot start ${options.name}: ${cause.message}`, { cause });
    }
    const release = guard(pid);
    const unrecord = record(options.runDir, {
      name: options.name,
      pid,
      command: [options.command, ...options.args],
    });
    const exited = new Promise<Exit>((resolve) =>
      child.once('exit', (code, signal) => {
        signalGroup(pid, 'SIGKILL'); // what a dead leader has left in its group
        release();
        unrecord();
        resolve({ code, signal });
      }),
    );
    return new ManagedProcess(options.name, pid, log, logStart, exited);
  }

  private constructor(name: string, pid: number, log: string, logStart: number, exited: Promise<Exit>) {
    this.name = name;
    this.pid = pid;
    this.log = log;
    this.logStart = logStart;
    this.exited = exited.then((exit) => (this.exit = exit));
  }

  get running(): boolean {
    return this.exit === undefined;
  }

  /** What the process has printed since this start of it. */
  output(): string {
    return readFileSync(this.log).subarray(this.logStart).toString('utf8');
  }

  /** The last `lines` lines that it printed. */
  tail(lines = 20): string {
    return this.output().trimEnd().split('\n').slice(-lines).join('\n');
  }

  /**
   * Waits until `condition` holds. Throws {@link ProcessExitedError} at once if the process ends first, and
   * `DeadlineError` at the deadline; either shows the end of the log.
   */
  async ready<T>(
    condition: () => Promise<T | undefined | false> | T | undefined | false,
    options: UntilOptions,
  ): Promise<T> {
    const gone = { gone: true } as const;
    try {
      const outcome = await until<{ value: T } | typeof gone>(async () => {
        if (!this.running) return gone;
        const value = await condition();
        return value !== undefined && value !== false ? { value } : undefined;
      }, options);
      if ('value' in outcome) return outcome.value;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      throw new Error(`${this.name}: ${message}${this.endOfLog()}`, { cause: error });
    }
    const exit = this.exit;
    throw new ProcessExitedError(
      `${this.name} ended (${exit?.signal ?? `exit code ${exit?.code}`}) while waiting for ${options.what}${this.endOfLog()}`,
    );
  }

  /** SIGTERM to the group; SIGKILL for what is left after `deadlineMs` (10 s). Returns once the process is gone. */
  async stop(deadlineMs = 10_000): Promise<Exit> {
    signalGroup(this.pid, 'SIGTERM', this.running);
    signalGroup(this.pid, 'SIGCONT', this.running); // a paused process sees SIGTERM only when it runs again
    const timer = setTimeout(() => signalGroup(this.pid, 'SIGKILL', this.running), deadlineMs);
    try {
      return await this.exited;
    } finally {
      clearTimeout(timer);
    }
  }

  /** SIGKILL to the group. Returns once the process is gone. */
  async kill(): Promise<Exit> {
    signalGroup(this.pid, 'SIGKILL', this.running);
    return this.exited;
  }

  /** SIGSTOP to the group: it hangs, with its sockets open. */
  pause(): void {
    signalGroup(this.pid, 'SIGSTOP', this.running);
  }

  /** SIGCONT to the group. */
  resume(): void {
    signalGroup(this.pid, 'SIGCONT', this.running);
  }

  private endOfLog(): string {
    return `\n--- end of ${this.log}\n${this.tail()}\n---`;
  }
}

/** Signals a process group; one that is gone already is no error. */
export function signalGroup(pid: number, signal: NodeJS.Signals, running = true): void {
  if (!running) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    // No `instanceof Error`: under jest, Node's own errors are of another realm.
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ESRCH') throw error;
  }
}

/**
 * Ends the group `pid` when this process ends, in whatever way: a shell waits on a pipe that the system closes for
 * us, SIGKILL included. (Exit handlers would not do: SIGKILL passes them by, and jest's tests have a `process` that
 * never emits `exit`.) Returns a function that calls it off.
 */
function guard(pid: number): () => void {
  const shell = spawn(
    '/bin/sh',
    ['-c', 'read -r released || kill -s KILL -- "-$1"', 'weir-guard', String(pid)],
    {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    },
  );
  shell.unref();
  shell.stdin.on('error', () => undefined); // the guard was ended by hand: nothing to release
  return () => shell.stdin.end('released\n');
}
