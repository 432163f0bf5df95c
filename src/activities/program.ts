import type { Jar, Program, ProgramVertex } from '../contracts/observation';
import type { Artifact } from '../contracts/rescale';
import { FlinkRefused } from '../flink/errors';
import { checkBytes, chooseArtifacts } from '../planning/artifact';
import { configurationRefusal } from '../planning/versions';
import { ArtifactMissing, ensureUploaded } from './artifacts';
import type { Cluster } from './cluster';
import type { Recorded } from './record';
import { answered } from './wait';
import type { Pulse } from './wait';

export interface ProgramInput {
  readonly job: string;
  readonly parallelism: number;
  readonly artifact?: Artifact | undefined;
  readonly previousArtifact?: Artifact | undefined;
}

/** The job as it is, or was when it was stopped. */
export interface JobToday {
  readonly id: string;
  readonly parallelism: number;
  /** What it was started with. */
  readonly recorded: Recorded;
}

/** The jars, uploaded, and what Flink would make of them: at the parallelism that is wanted, and at today's. */
export async function observeProgram(
  cluster: Cluster,
  input: ProgramInput,
  today: JobToday,
  flinkVersion: string,
  pulse: Pulse<unknown>,
): Promise<Program> {
  const { job, parallelism, artifact: given, previousArtifact: givenPrevious } = input;
  const { recorded: found } = today;
  const recorded = found.kind === 'RECORDED' ? found.record : undefined;
  const configured = cluster.jobs.find((one) => one.job === job)?.artifact;
  const sources = { job, given, givenPrevious, recorded, configured };
  const choice = chooseArtifacts(sources);
  if (choice.kind === 'REFUSED') return choice;

  const at = { cluster, flinkVersion, pulse };
  const next = await programAt(at, choice.artifact, parallelism);
  if (next.kind === 'REFUSED') return next;
  const previous = await programAt(at, choice.previous, today.parallelism);
  if (previous.kind === 'REFUSED') return { ...previous, reason: `for the roll-back: ${previous.reason}` };
  const bytes = checkBytes(sources, next.jar, previous.jar);
  if (bytes.kind === 'REFUSED') return bytes;

  const lost =
    found.kind === 'LOST' && givenPrevious === undefined
      ? [`what job ${today.id} was started with is not known any more (${found.why})`]
      : [];
  return {
    kind: 'READY',
    jar: next.jar,
    vertices: next.vertices,
    previousJar: previous.jar,
    previousVertices: previous.vertices,
    previousKnown: choice.previousKnown,
    warnings: [...lost, ...choice.warnings, ...bytes.warnings],
  };
}

type Planned =
  | { readonly kind: 'PLANNED'; readonly jar: Jar; readonly vertices: readonly ProgramVertex[] }
  | Extract<Program, { kind: 'REFUSED' }>;

async function programAt(
  at: { readonly cluster: Cluster; readonly flinkVersion: string; readonly pulse: Pulse<unknown> },
  artifact: Artifact,
  parallelism: number,
): Promise<Planned> {
  const { cluster, flinkVersion, pulse } = at;
  const refusal = configurationRefusal(flinkVersion, artifact);
  if (refusal !== undefined) return { kind: 'REFUSED', ...refusal };
  try {
    const jar = await ensureUploaded(cluster, artifact, pulse);
    const submission = { ...jar.artifact, jarId: jar.jarId, parallelism };
    return { kind: 'PLANNED', jar, vertices: await answered(pulse, () => cluster.flink.planJar(submission)) };
  } catch (error) {
    if (error instanceof ArtifactMissing)
      return { kind: 'REFUSED', reason: error.message, valid: error.valid };
    if (!(error instanceof FlinkRefused)) throw error;
    return {
      kind: 'REFUSED',
      reason: `Flink cannot plan ${artifact.jar} at parallelism ${parallelism}: ${error.message}`,
      valid: 'a jar, entryClass and args whose main() builds the job',
    };
  }
}
