import type {
  JobLookup,
  Observation,
  ObservedJob,
  ObservedTaskManagers,
  Program,
  ProgramVertex,
  Vertex,
} from '../contracts/observation';
import type { RescaleRequest, Transition, TransitionRequest } from '../contracts/rescale';
import { differences as artifactDifferences } from './artifact';
import { slotsFree, slotsMissing, slotsNeeded } from './capacity';
import { nearest } from './nearest';
import { provisionOf } from './provision';
import type { Provision } from './provision';
import { counted, unclear } from './task-managers';

/** A change to a request. */
export type Mend = Partial<Omit<RescaleRequest, 'transition'>> & { readonly transition?: Transition };

/** Why a request cannot be carried out now, with what is valid, and the change to it that would mend that, if one does. */
export interface Objection {
  readonly reason: string;
  readonly mend?: Mend | undefined;
}

/** No live job of that name, or none with the id that was given beside it. */
export function unknownJob(
  lookup: Extract<JobLookup, { kind: 'UNKNOWN' }>,
  cluster: string,
  request: TransitionRequest,
): Objection {
  const named = lookup.live.filter((job) => job.name === request.job);
  const [first] = named;
  if (first !== undefined) {
    return {
      reason:
        `no live job named "${request.job}" on cluster "${cluster}" has the id ${request.jobId}; ` +
        `valid: ${listed(named.map(idAndState))}`,
      mend: { jobId: first.id },
    };
  }
  const names = [...new Set(lookup.live.map((job) => job.name))];
  const close = nearest(request.job, names);
  return {
    reason:
      `no live job named "${request.job}" on cluster "${cluster}"` +
      (close === undefined ? '; live jobs: ' : `; did you mean "${close}"? Live jobs: `) +
      listed(names),
    mend: close === undefined ? undefined : { job: close },
  };
}

/** A name alone does not say which of several jobs. */
export function ambiguousName(
  { candidates }: Extract<JobLookup, { kind: 'AMBIGUOUS' }>,
  cluster: string,
  request: TransitionRequest,
): Objection {
  return {
    reason:
      `${candidates.length} live jobs on cluster "${cluster}" are named "${request.job}"; ` +
      `pick one with "jobId": ${listed(candidates.map(idAndState))}`,
    mend: { jobId: candidates[0]?.id },
  };
}

function idAndState(job: { readonly id: string; readonly state: string }): string {
  return `${job.id} (${job.state})`;
}

/** The first ten: a message must stay small however many jobs a cluster has (P32). */
function listed(words: readonly string[]): string {
  if (words.length === 0) return 'none';
  const more = words.length > 10 ? `, and ${words.length - 10} more` : '';
  return words.slice(0, 10).join(', ') + more;
}

/** What is to be started, and where. */
export interface Asked {
  readonly job: { readonly parallelism: number; readonly vertices: readonly Vertex[] };
  readonly program: Program | undefined;
  readonly slots: Observation['slots'];
  /** Of whoever would start more of them; absent: there are as many as there are. */
  readonly taskManagers?: ObservedTaskManagers | undefined;
  /** What gives its slots back before the start. */
  readonly running: readonly ProgramVertex[];
  readonly request: RescaleRequest;
}

/** What the state's key groups, the program and the slots allow. */
export function limitObjections(asked: Asked): Objection[] {
  const { program } = asked;
  const limits = sizeObjections(asked);
  if (program === undefined)
    return [
      ...limits,
      { reason: 'what the new program looks like is not known; valid: "artifact" in the input' },
    ];
  if (program.kind === 'REFUSED')
    return [...limits, { reason: `${program.reason}; valid: ${program.valid}` }];
  return limits;
}

/** What the state's key groups and the slots allow. */
export function sizeObjections(asked: Asked): Objection[] {
  return [...keyGroupObjections(asked), ...slotObjections(asked)];
}

/** No vertex may go above the key groups that its state was written with. */
function keyGroupObjections(asked: Asked): Objection[] {
  const { job, request } = asked;
  const planned = new Map(plannedVertices(asked).map((vertex) => [vertex.id, vertex.parallelism]));
  const most = Math.min(...following(asked).map((vertex) => vertex.maxParallelism));
  return job.vertices.flatMap(({ id, name, maxParallelism }) => {
    const parallelism = planned.get(id) ?? 0;
    if (parallelism <= maxParallelism) return [];
    const above = `parallelism ${parallelism} is above the maxParallelism ${maxParallelism} of "${name}", which the job's state has fixed`;
    if (parallelism === request.parallelism)
      return [{ reason: `${above}; valid: 1 to ${most}`, mend: lower(asked) }];
    return [{ reason: `${above}, and the program fixes it; valid: a jar that keeps to ${maxParallelism}` }];
  });
}

function slotObjections(asked: Asked): Objection[] {
  const { slots, running, request } = asked;
  const planned = plannedVertices(asked);
  const missing = slotsMissing({ ...slots, running, wanted: planned });
  if (missing === 0 || slots.onDemand || provisionFor(asked) !== undefined) return [];
  const doubt = unclear(asked);
  const givenBack = slotsNeeded(running);
  const free = slotsFree({ ...slots, running });
  const fixed = slotsNeeded(planned.filter((vertex) => vertex.parallelism !== request.parallelism));
  const fits = free > 0 && fixed <= free;
  return [
    {
      reason:
        `${slotsNeeded(planned)} slots are needed and ${slots.available} are free` +
        (givenBack === 0 ? '' : ` beside the ${givenBack} that the job gives back`) +
        `: ${missing} too few of ${slots.total}` +
        (doubt === undefined ? '' : `, and no TaskManagers are started for it, since ${doubt.what}`) +
        '; valid: ' +
        (fits ? `a parallelism of at most ${free}, or more TaskManagers` : 'more TaskManagers'),
      mend: fits ? lower(asked) : undefined,
    },
  ];
}

/** The TaskManagers that are started for it before it is touched. */
export function provisionFor(asked: Asked): Provision | undefined {
  return provisionOf({ ...asked, planned: plannedVertices(asked) });
}

/** Who starts TaskManagers for it, and when. A cluster that does so as jobs need them is believed to. */
export function slotWarnings(asked: Asked): string[] {
  const { slots, running } = asked;
  const planned = plannedVertices(asked);
  const missing = slotsMissing({ ...slots, running, wanted: planned });
  if (missing === 0) return [];
  const lacks = `${slotsNeeded(planned)} slots are needed, ${missing} more than there are`;
  const provision = provisionFor(asked);
  if (provision !== undefined) {
    const more = counted(provision.count - provision.before);
    return [`${lacks}: ${more} more will be started before anything else is done, and not ended afterwards`];
  }
  if (!slots.onDemand) return [];
  return [`${lacks}: the cluster has to start TaskManagers for them, and that is part of the downtime`];
}

/** The highest parallelism that both the key groups and the slots allow, if it would change anything. */
function lower(asked: Asked): Mend | undefined {
  const { job, program, slots, running, request } = asked;
  const keyGroups = following(asked).map((vertex) => vertex.maxParallelism);
  const parallelism = Math.min(slotsFree({ ...slots, running }), ...keyGroups);
  const runsSo = running.length > 0 && parallelism === job.parallelism && !isUpgrade(request, program);
  return parallelism < 1 || runsSo ? undefined : { parallelism };
}

/**
 * At what each vertex would run, as Flink plans it: programs may fix parallelism in code (P23). As long as there is no
 * plan, a vertex that runs at the job's parallelism is taken to follow it.
 */
function plannedVertices({ job, program, request }: Asked): readonly ProgramVertex[] {
  if (program?.kind === 'READY') return program.vertices;
  return job.vertices.map(({ id, parallelism }) => ({
    id,
    parallelism: parallelism === job.parallelism ? request.parallelism : parallelism,
  }));
}

/** The vertices of the job that would run at the parallelism that is asked for. */
function following(asked: Asked): readonly Vertex[] {
  const planned = plannedVertices(asked).filter(
    ({ parallelism }) => parallelism === asked.request.parallelism,
  );
  return asked.job.vertices.filter((vertex) => planned.some(({ id }) => id === vertex.id));
}

/** Whether the jars are what a rescale and its roll-back need. */
export function programObjections(
  job: ObservedJob,
  program: Program | undefined,
  request: RescaleRequest,
): Objection[] {
  if (program?.kind !== 'READY') return [];
  const reasons: string[] = [];
  const sameAsToday = differences(program.vertices, job.vertices).length === 0;
  if (request.parallelism !== job.parallelism && !isUpgrade(request, program) && sameAsToday) {
    reasons.push(
      `the program would run as it does today whatever parallelism is asked for: it is fixed in code; ` +
        `valid: a jar that leaves the parallelism to the submission`,
    );
  }
  return [...reasons.map((reason) => ({ reason })), ...previousObjections(job, program)];
}

/** Whether what would be started again, should the job be lost, is what runs. */
export function previousObjections(
  job: ObservedJob,
  program: Extract<Program, { kind: 'READY' }>,
): Objection[] {
  const differing = differences(program.previousVertices, job.vertices);
  if (differing.length === 0) return [];
  return [
    {
      reason:
        `${program.previousJar.artifact.jar} is not what runs (${differing.join('; ')}), so a roll-back could not ` +
        `start the old job again; valid: "previousArtifact" naming the jar and arguments of the running job`,
    },
  ];
}

/** Whether what is taken for the program of the job is not what runs. */
export function programDiffers(job: ObservedJob, program: Extract<Program, { kind: 'READY' }>): boolean {
  return differences(program.previousVertices, job.vertices).length > 0;
}

/** Whether another program is to be started, and not only at another parallelism. */
export function isUpgrade(request: RescaleRequest, program: Program | undefined): boolean {
  if (program?.kind !== 'READY') return request.artifact !== undefined;
  const { jar, previousJar } = program;
  return (
    jar.sha256 !== previousJar.sha256 || artifactDifferences(jar.artifact, previousJar.artifact).length > 0
  );
}

function differences(program: readonly ProgramVertex[], running: readonly ProgramVertex[]): string[] {
  const wanted = new Map(program.map((vertex) => [vertex.id, vertex.parallelism]));
  const have = new Map(running.map((vertex) => [vertex.id, vertex.parallelism]));
  return [...new Set([...wanted.keys(), ...have.keys()])]
    .filter((id) => wanted.get(id) !== have.get(id))
    .map(
      (id) =>
        `vertex ${id}: ${wanted.get(id) ?? 'absent'} in the jar, ${have.get(id) ?? 'absent'} in the job`,
    );
}
