import { createHash } from 'node:crypto';
import type { Begins } from './data';
import type { Checkpointing } from './job-options';

/** What a jar's main() builds. */
export interface Program {
  /** The file name of the jar ends so; the first program that fits is taken. */
  readonly jar: string;
  /** The job's name, unless the arguments say `--name`. */
  readonly name: string;
  readonly vertices: readonly ProgramVertex[];
  /** Of its jobs, in the place of the cluster's; `false`: not enabled. */
  readonly checkpointing?: Partial<Checkpointing> | false;
  readonly batch?: boolean;
  /** Where its source begins without state; EARLIEST when left out. */
  readonly begins?: Begins;
  /** main() throws, with this message. */
  readonly mainFails?: string;
}

export interface ProgramVertex {
  readonly name: string;
  /** 128 when left out. */
  readonly maxParallelism?: number;
  /** Set in code, against what the submission asks for. */
  readonly fixedParallelism?: number;
  /** Vertices of one group share slots; all are in one when left out. */
  readonly slotSharingGroup?: string;
}

export interface Vertex {
  readonly id: string;
  readonly name: string;
  readonly parallelism: number;
  readonly maxParallelism: number;
  readonly slotSharingGroup: string;
}

export const defaultProgram: Program = {
  jar: '.jar',
  name: 'Flink Streaming Job',
  vertices: [{ name: 'Source: orders' }, { name: 'count -> append' }],
};

/** How its jobs take checkpoints, where the cluster's do so; undefined: not at all. */
export function checkpointingOf(
  { checkpointing = {} }: Program,
  ofCluster: Checkpointing | undefined,
): Checkpointing | undefined {
  if (checkpointing === false || ofCluster === undefined) return undefined;
  return { ...ofCluster, ...checkpointing };
}

/** The vertices that the program has at this parallelism; ids do not change with it. */
export function verticesAt(program: Program, parallelism: number): Vertex[] {
  return program.vertices.map(
    ({ name, maxParallelism = 128, fixedParallelism, slotSharingGroup = 'default' }) => ({
      id: createHash('md5').update(name).digest('hex'),
      name,
      parallelism: fixedParallelism ?? parallelism,
      maxParallelism,
      slotSharingGroup,
    }),
  );
}

/** One slot holds one subtask of each vertex of a group. */
export function slotsNeeded(vertices: readonly Vertex[]): number {
  const groups = new Map<string, number>();
  for (const { slotSharingGroup, parallelism } of vertices) {
    groups.set(slotSharingGroup, Math.max(parallelism, groups.get(slotSharingGroup) ?? 0));
  }
  return [...groups.values()].reduce((sum, slots) => sum + slots, 0);
}

/** The vertices that an adaptive scheduler runs with so many slots: each group gets an equal share. Undefined: none. */
export function verticesWithin(vertices: readonly Vertex[], slots: number): readonly Vertex[] | undefined {
  const groups = new Set(vertices.map(({ slotSharingGroup }) => slotSharingGroup)).size;
  const share = Math.floor(slots / Math.max(1, groups));
  if (share < 1) return undefined;
  return vertices.map((vertex) => {
    const { parallelism, maxParallelism } = vertex;
    return { ...vertex, parallelism: Math.min(parallelism, maxParallelism, share) };
  });
}

/** The name that main() gives the job: the value of `--name` if there is one. */
export function jobName(program: Program, args: readonly string[]): string {
  const at = args.indexOf('--name');
  return (at < 0 ? undefined : args[at + 1]) ?? program.name;
}
