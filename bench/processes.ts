import { readFileSync, readdirSync } from 'node:fs';
import { cpus } from 'node:os';
import { z } from 'zod';

/** What processes take. Linux: what /proc says. */

/** Resident memory now, MiB. Throws if there is no such process. */
export function rssMiB(pid: number): number {
  return memoryMiB(pid, 'VmRSS');
}

/** The most that was ever resident, MiB. The kernel keeps it, so that no peak falls between two looks. */
export function highestRssMiB(pid: number): number {
  return memoryMiB(pid, 'VmHWM');
}

function memoryMiB(pid: number, field: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const [, kB] = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status) ?? [];
  return Number(kB) / 1024;
}

/** What a process took of the processor, user and system, over some time. */
export const usedSchema = z.strictObject({
  cpuSeconds: z.number(),
  /** Of the thread that began it, as a share of that time: in Node.js it runs our code, so at 1 it is what bounds. */
  mainThread: z.number(),
  /** Of its other threads the busiest one's share. In Node.js a worker's workflows have a thread of their own. */
  busiestOther: z.number(),
});
export type Used = z.infer<typeof usedSchema>;

/** Measures from its making on. */
export class Stopwatch<Name extends string> {
  private readonly began = performance.now();
  private readonly before: ReadonlyMap<number, Taken>;
  private readonly machineBefore = machine();

  constructor(private readonly pids: Readonly<Record<Name, number>>) {
    this.before = new Map(Object.values<number>(pids).map((pid) => [pid, taken(pid)]));
  }

  get seconds(): number {
    return (performance.now() - this.began) / 1_000;
  }

  /** Of that process since then. Throws if it is gone. */
  used(name: Name): Used {
    const pid = this.pids[name];
    const before = this.before.get(pid);
    const now = taken(pid);
    const { seconds } = this;
    const shares = [...now.threads].map(([thread, all]) => ({
      ...{ thread, share: (all - (before?.threads.get(thread) ?? 0)) / seconds },
    }));
    const of = (are: boolean) => shares.filter(({ thread }) => (thread === pid) === are);
    return {
      cpuSeconds: now.all - (before?.all ?? 0),
      mainThread: Math.max(0, ...of(true).map(({ share }) => share)),
      busiestOther: Math.max(0, ...of(false).map(({ share }) => share)),
    };
  }

  /** The share of all processors since then that nobody used. */
  get idle(): number {
    const now = machine();
    return (now.idle - this.machineBefore.idle) / (now.all - this.machineBefore.all);
  }
}

/** Seconds. */
interface Taken {
  readonly all: number;
  /** By the thread's id; only of those that live. */
  readonly threads: ReadonlyMap<number, number>;
}

function taken(pid: number): Taken {
  const threads = readdirSync(`/proc/${pid}/task`).flatMap((thread): [number, number][] => {
    const stat = statOf(`/proc/${pid}/task/${thread}/stat`);
    return stat === undefined ? [] : [[Number(thread), secondsIn(stat)]];
  });
  return { all: secondsIn(readFileSync(`/proc/${pid}/stat`, 'utf8')), threads: new Map(threads) };
}

/** Undefined: the thread has ended since it was listed. */
function statOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** USER_HZ: what Linux tells programs is in hundredths of a second on every platform that Node.js runs on. */
const ticksPerSecond = 100;

/** "pid (comm) state ...": comm may hold blanks and brackets, so fields count from the last bracket. */
function secondsIn(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [user, system] = [fields[11], fields[12]].map(Number);
  return ((user ?? NaN) + (system ?? NaN)) / ticksPerSecond;
}

function machine(): { readonly idle: number; readonly all: number } {
  const times = cpus().map((cpu) => cpu.times);
  const sum = (of: (typeof times)[number]) => of.user + of.nice + of.sys + of.idle + of.irq;
  return {
    idle: times.reduce((all, { idle }) => all + idle, 0),
    all: times.reduce((all, one) => all + sum(one), 0),
  };
}
