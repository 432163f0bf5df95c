import { spawn } from 'node:child_process';
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { isAlive, startOf } from './alive';
import { PlatformRefused, PlatformUnavailable, idOf } from './task-managers';
import type { Retirement, TaskManagers } from './task-managers';

export interface ProcessesOptions {
  /** Program and arguments of one TaskManager, in the foreground; `{n}` in it is its number, from 1. */
  readonly command: readonly string[];
  /** Where their records and logs are: `taskmanager-1.json`, `taskmanager-1.log`. One folder a cluster. */
  readonly folder: string;
  /** By which id Flink knows it, `{n}` being its number; left out: none is ended because it is idle. */
  readonly resourceId?: string | undefined;
}

const recordSchema = z.object({
  pid: z.int().positive(),
  start: z.string(),
  /** It was asked to end, and counts no more. */
  ends: z.boolean().optional(),
});
type Record = z.infer<typeof recordSchema>;

/** Longer than a worker takes from a claim to the record. */
const claimedForMs = 5_000;

/** Longer than a TaskManager takes to say goodbye and release its memory. */
const endsWithinMs = 30_000;

/**
 * TaskManagers as processes of this machine. They outlive the worker that has started them: the next one finds them by
 * their records. One that dies by itself is started again by the next `scale`, and by nothing else.
 */
export class Processes implements TaskManagers {
  constructor(private readonly options: ProcessesOptions) {}

  wanted(): Promise<number> {
    return Promise.resolve(this.staying().length);
  }

  async scale(count: number): Promise<void> {
    mkdirSync(this.options.folder, { recursive: true });
    const kept = this.staying().slice(0, count);
    for (let n = 1; kept.length < count; n++) if (!kept.includes(n)) kept.push(n);
    for (const n of kept) await this.ensure(n);
    const surplus = this.numbers().filter((n) => !kept.includes(n));
    await Promise.all(surplus.map((n) => this.end(n)));
  }

  get retirement(): Retirement | undefined {
    const { resourceId } = this.options;
    if (resourceId === undefined) return undefined;
    const staying = () => this.staying().map((n) => ({ n, id: idOf(resourceId, n) }));
    return {
      choose: (idle, { most }) =>
        staying()
          .map(({ id }) => id)
          .filter((id) => idle.includes(id))
          .slice(-most),
      end: async (ids) => {
        const going = staying().filter(({ id }) => ids.includes(id));
        await Promise.all(going.map(({ n }) => this.end(n)));
      },
    };
  }

  private async ensure(n: number): Promise<void> {
    for (;;) {
      const record = this.recordOf(n);
      if (record === undefined) return this.start(n);
      if (record.ends === true) await this.end(n);
      else if (isAlive(record)) return;
      else this.forget(n);
    }
  }

  /** From the claim of its number to its record there is no await: only another worker of this machine comes in between. */
  private start(n: number): void {
    const claim = this.claim(n);
    try {
      const [program = '', ...args] = this.options.command.map((word) => word.replaceAll('{n}', String(n)));
      const output = openSync(this.file(n, 'log'), 'a');
      const child = spawn(program, args, { detached: true, stdio: ['ignore', output, output] });
      closeSync(output);
      child.on('error', () => undefined); // the pid that it lacks has told
      child.unref();
      if (child.pid === undefined)
        throw new PlatformRefused(
          `TaskManager ${n} cannot be started: ${program} is not to be run here; valid: a program and its arguments in "taskManagers.command" of weir.yaml`,
        );
      writeFileSync(
        claim,
        JSON.stringify({ pid: child.pid, start: startOf(child.pid) ?? 'gone' } satisfies Record),
      );
    } catch (error) {
      this.forget(n);
      throw error;
    } finally {
      closeSync(claim);
    }
  }

  /** The file of its record, for nobody else. A worker that died right after that left an empty one. */
  private claim(n: number): number {
    const file = this.file(n);
    try {
      return openSync(file, 'wx');
    } catch {
      const { mtimeMs = Date.now() } = statSync(file, { throwIfNoEntry: false }) ?? {};
      if (Date.now() - mtimeMs > claimedForMs) this.forget(n);
      throw new PlatformUnavailable(`TaskManager ${n} is being started by another worker`);
    }
  }

  /** By SIGTERM: a TaskManager tells Flink that it goes, and its tasks are started elsewhere at once. */
  private async end(n: number): Promise<void> {
    const record = this.recordOf(n);
    if (record !== undefined && isAlive(record)) {
      writeFileSync(this.file(n), JSON.stringify({ ...record, ends: true } satisfies Record));
      signalGroup(record.pid);
      for (const since = Date.now(); isAlive(record); await sleep(50)) {
        if (Date.now() - since > endsWithinMs)
          throw new PlatformUnavailable(
            `TaskManager ${n} (pid ${record.pid}) has not ended within ${endsWithinMs} ms of SIGTERM`,
          );
      }
    }
    this.forget(n);
  }

  private forget(n: number): void {
    rmSync(this.file(n), { force: true });
  }

  /** Those that are to run, in their order. */
  private staying(): number[] {
    return this.numbers().filter((n) => this.recordOf(n)?.ends !== true);
  }

  private numbers(): number[] {
    try {
      return readdirSync(this.options.folder)
        .flatMap((name) => /^taskmanager-([1-9]\d*)\.json$/.exec(name)?.[1] ?? [])
        .map(Number)
        .sort((a, b) => a - b);
    } catch {
      return [];
    }
  }

  /** Undefined: there is none, or it is being written. */
  private recordOf(n: number): Record | undefined {
    try {
      return recordSchema.parse(JSON.parse(readFileSync(this.file(n), 'utf8')));
    } catch {
      return undefined;
    }
  }

  private file(n: number, kind: 'json' | 'log' = 'json'): string {
    return join(this.options.folder, `taskmanager-${n}.${kind}`);
  }
}

function signalGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGTERM');
    process.kill(-pid, 'SIGCONT'); // one that is stopped sees SIGTERM only when it runs again
  } catch {
    // it has ended meanwhile
  }
}
