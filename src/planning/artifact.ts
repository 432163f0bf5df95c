import type { Jar } from '../contracts/observation';
import type { JobRecord } from '../contracts/record';
import type { Artifact } from '../contracts/rescale';

/** Who says what the job is made of. */
export interface Sources {
  readonly job: string;
  readonly given?: Artifact | undefined;
  readonly givenPrevious?: Artifact | undefined;
  /** Left by the run that started the very job that runs. */
  readonly recorded?: JobRecord | undefined;
  /** The job's entry in weir.yaml. */
  readonly configured?: Artifact | undefined;
}

export type Choice = Chosen | Refused;

export interface Chosen {
  readonly kind: 'CHOSEN';
  /** What is to be started. */
  readonly artifact: Artifact;
  /** What runs today, and is started again by a roll-back. */
  readonly previous: Artifact;
  /** Whether somebody knows that: else the running job has to look like it. */
  readonly previousKnown: boolean;
  readonly warnings: readonly string[];
}

export interface Refused {
  readonly kind: 'REFUSED';
  readonly reason: string;
  readonly valid: string;
}

/** Which artifact is started, and which by a roll-back: the input's word counts first, then what both others agree on. */
export function chooseArtifacts(sources: Sources): Choice {
  const { job, given, givenPrevious, recorded, configured } = sources;
  const artifact = given ?? recorded?.artifact ?? configured;
  if (artifact === undefined) {
    return {
      kind: 'REFUSED',
      reason:
        `it is not known which jar job "${job}" is made of: the input has no "artifact", no rescale that started it ` +
        'has recorded one, and weir.yaml has no entry for it under "jobs"',
      valid: '"artifact": {"jar": "<a name in the artifact folder>"} in the input, or an entry in weir.yaml',
    };
  }
  if (given === undefined && recorded !== undefined && configured !== undefined) {
    const unlike = differences(recorded.artifact, configured);
    if (unlike.length > 0) {
      const shown = unlike.map(({ field, a, b }) => `${field}: recorded ${a}, in weir.yaml ${b}`);
      return {
        kind: 'REFUSED',
        reason: `job "${job}" was started with another artifact than weir.yaml has (${shown.join('; ')})`,
        valid: '"artifact" in the input, or weir.yaml as recorded',
      };
    }
  }
  const previous = givenPrevious ?? recorded?.artifact ?? configured ?? artifact;
  const previousKnown = givenPrevious !== undefined || recorded !== undefined;
  const warnings: string[] = [];
  if (!previousKnown && configured === undefined) {
    warnings.push(
      `what job "${job}" runs today is not known; the roll-back would use ${previous.jar} with the same settings ` +
        'as the start, unless "previousArtifact" says otherwise',
    );
  }
  return { kind: 'CHOSEN', artifact, previous, previousKnown, warnings };
}

/**
 * Holds the bytes in the artifact folder against those that were recorded. A jar that was replaced under its name is
 * gone, and no roll-back could start it: refused, unless the input says what to roll back to.
 */
export function checkBytes(
  { given, givenPrevious, recorded }: Sources,
  next: Bytes,
  previous: Bytes,
): Refused | { readonly kind: 'ACCEPTED'; readonly warnings: readonly string[] } {
  if (recorded === undefined) return { kind: 'ACCEPTED', warnings: [] };
  const { jar } = recorded.artifact;
  const replaced = previous.sha256 !== recorded.sha256;
  if (replaced && givenPrevious === undefined) {
    return {
      kind: 'REFUSED',
      reason:
        `the job was started with ${jar} of sha256 ${shortened(recorded.sha256)}, and ${jar} in the artifact folder ` +
        `has ${shortened(previous.sha256)} by now: a roll-back could not start the old job again`,
      valid: 'the old jar put back under another name, and "previousArtifact" naming it',
    };
  }
  const warnings: string[] = [];
  if (given === undefined && next.sha256 !== recorded.sha256)
    warnings.push(`${jar} has other bytes than the job was started with, so this is an upgrade as well`);
  const unlike = differences(recorded.artifact, previous.artifact).map(({ field }) => field);
  const fields = [...(replaced ? ['bytes'] : []), ...unlike.filter((field) => field !== 'jar')];
  if (fields.length > 0) {
    warnings.push(
      `"previousArtifact" is not what the job was started with: its ${fields.join(' and ')} differ from the record ` +
        'of that; a roll-back uses it all the same',
    );
  }
  return { kind: 'ACCEPTED', warnings };
}

/** A jar as it is in the artifact folder. */
type Bytes = Pick<Jar, 'artifact' | 'sha256'>;

interface Difference {
  readonly field: keyof Artifact;
  readonly a: string;
  readonly b: string;
}

/** Where they differ, no more of it than that. Empty and absent are the same, and so is any order of configuration keys. */
export function differences(a: Artifact, b: Artifact): Difference[] {
  const [argsOfA, argsOfB] = unlike(a.args ?? [], b.args ?? []);
  const [settingsOfA, settingsOfB] = unlikeSettings(a, b);
  const all: Difference[] = [
    { field: 'jar', a: a.jar, b: b.jar },
    { field: 'entryClass', a: a.entryClass ?? 'none', b: b.entryClass ?? 'none' },
    { field: 'args', a: JSON.stringify(argsOfA), b: JSON.stringify(argsOfB) },
    { field: 'flinkConfiguration', a: JSON.stringify(settingsOfA), b: JSON.stringify(settingsOfB) },
  ];
  return all.filter((one) => one.a !== one.b);
}

/** Two lists without what they begin and end with alike. */
function unlike(a: readonly string[], b: readonly string[]): [readonly string[], readonly string[]] {
  const shorter = Math.min(a.length, b.length);
  let begin = 0;
  while (begin < shorter && a[begin] === b[begin]) begin++;
  let end = 0;
  while (end < shorter - begin && a.at(-1 - end) === b.at(-1 - end)) end++;
  return [a.slice(begin, a.length - end), b.slice(begin, b.length - end)];
}

function unlikeSettings(a: Artifact, b: Artifact): [object, object] {
  const only = ({ flinkConfiguration: own = {} }: Artifact, { flinkConfiguration: other = {} }: Artifact) => {
    const unlike = Object.keys(own).filter((key) => own[key] !== other[key]);
    return Object.fromEntries(unlike.sort().map((key) => [key, own[key]]));
  };
  return [only(a, b), only(b, a)];
}

/** Enough of a hash to tell it by. */
function shortened(sha256: string): string {
  return `${sha256.slice(0, 16)}...`;
}
