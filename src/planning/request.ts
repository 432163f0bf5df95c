import { z } from 'zod';
import { defaultTimeouts, inputSchemas, rescaleInputSchema, transitions } from '../contracts/rescale';
import type {
  GivenRequest,
  GivenTimeouts,
  Timeouts,
  Transition,
  TransitionRequest,
} from '../contracts/rescale';
import { clusterOf, rescaleWorkflowId, subjectOf } from './ids';
import { nearest } from './nearest';
import { check, said, valueAt } from './problems';
import type { Checked, Problem } from './problems';

/** A request that can be planned, or why it cannot be, and what could be started instead. */
export type Parsed =
  | { readonly kind: 'REQUEST'; readonly request: TransitionRequest }
  | { readonly kind: 'INVALID'; readonly problems: readonly string[]; readonly suggestion: Suggestion };

/** Can be started as it is, once what nobody can guess is filled in: that stands there as `<what it must be>`. */
export interface Suggestion {
  readonly workflowId: string;
  readonly input: unknown;
}

/** All that names the lock, whatever the other fields are. */
const lockSchema = z.object({ cluster: rescaleInputSchema.shape.cluster, job: rescaleInputSchema.shape.job });

/**
 * Reads the workflow's raw input and checks that it is started under the one id that locks its job.
 * Each problem says what is wrong, where, and what is valid; all of them at once.
 */
export function parseRequest(raw: unknown, workflowId: string): Parsed {
  const checked = checkInput(raw);
  const found = checked.kind === 'VALID' ? [] : checked.problems;
  const input = mended(mended(isObject(raw) ? raw : {})); // a value in quotes may stand under a wrong name
  const problems = found
    .filter((problem) => !isCured(problem, input))
    .map((problem) => refused(problem, input));

  const lock = lockSchema.safeParse(input);
  const cluster = (lock.success ? lock.data.cluster : undefined) ?? clusterOf(workflowId);
  const job = lock.success ? lock.data.job : (subjectOf(workflowId)?.job ?? 'JOB');
  const wanted = rescaleWorkflowId(cluster ?? 'CLUSTER', job);
  if (lock.success && (cluster === undefined || workflowId !== wanted)) {
    problems.push(
      `the workflow id is "${workflowId}", but it is the lock of the job and must be "${wanted}"` +
        (cluster === undefined ? ', where CLUSTER is its name in weir.yaml' : ''),
    );
  } else if (checked.kind === 'VALID' && cluster !== undefined) {
    const request = requestOf(checked.data, cluster);
    if (request !== undefined) return { kind: 'REQUEST', request };
  }
  const named = lock.success ? input : { ...input, job };
  return { kind: 'INVALID', problems, suggestion: { workflowId: wanted, input: withGaps(named) } };
}

/** Which fields there are depends on the transition that is meant. */
function checkInput(raw: unknown): Checked<GivenRequest> {
  return check<GivenRequest>(inputSchemas[transitionOf(raw)], raw);
}

/** The transition that the input means: a misspelt one is taken for the nearest, and then refused. */
function transitionOf(raw: unknown): Transition {
  const given = valueAt(raw, ['transition']);
  const close = typeof given === 'string' ? nearest(given, transitions) : undefined;
  return transitions.find((one) => one === given || one === close) ?? 'RESCALE';
}

/** Undefined where a job is to run at a parallelism that is not there, which its schema does not allow. */
function requestOf(given: GivenRequest, cluster: string): TransitionRequest | undefined {
  const { transition, parallelism } = given;
  switch (transition) {
    case 'RESCALE':
    case 'START':
      return parallelism === undefined ? undefined : { ...given, transition, parallelism, cluster };
    case 'SUSPEND':
    case 'CANCEL':
    case 'SAVEPOINT':
      return { ...given, transition, cluster };
  }
}

/**
 * The same input with each unknown field respelled or left out, each choice that cannot be made put right or left to its
 * default, and numbers and truth values taken out of their quotes.
 */
function mended(raw: object): object {
  const input = JSON.parse(JSON.stringify(raw)) as object; // structuredClone does not exist in workflow code
  for (const problem of problemsOf(raw)) {
    if (problem.kind === 'UNKNOWN_FIELD') respell(input, problem);
    else if (problem.choices.length > 0) put(input, problem.path, problem.close);
    else put(input, problem.path, unquoted(problem.value));
  }
  return input;
}

/** With what is still wrong replaced by what it must be: nobody can guess that. */
function withGaps(input: object): object {
  const filled = JSON.parse(JSON.stringify(input)) as object;
  for (const problem of problemsOf(input))
    if (problem.kind === 'WRONG_VALUE')
      put(filled, problem.path, `<${problem.must.replace(/^must (be )?/, '')}>`);
  return filled;
}

function problemsOf(raw: unknown): readonly Problem[] {
  const checked = checkInput(raw);
  return checked.kind === 'VALID' ? [] : checked.problems;
}

/** A field of another transition: whoever asks for it is told why it is not one of this (P19). */
function refused(problem: Problem, input: object): string {
  if (problem.kind !== 'UNKNOWN_FIELD') return said(problem);
  const field = [...problem.path, problem.key].join('.');
  const transition = transitionOf(input);
  switch (field) {
    case 'savepoint.drain':
      return (
        '"savepoint.drain" is refused: a drain ends all windows as if there were no more input, which is for ' +
        'retiring a job; a rescale never drains, so leave it out'
      );
    case 'startFrom':
      return `"startFrom" is refused: it says what a job begins from that does not run; valid: with "transition": "START"`;
    case 'jobId':
      if (transition !== 'START') return said(problem);
      return '"jobId" is refused: a START gives the job an id of its own, so leave it out';
    default:
      return said(problem);
  }
}

/** A field that is missing only because its name was misspelt: said once, of the name. */
function isCured(problem: Problem, input: object): boolean {
  return (
    problem.kind === 'WRONG_VALUE' &&
    problem.value === undefined &&
    problem.path.length > 0 &&
    valueAt(input, problem.path) !== undefined
  );
}

function respell(input: object, { path, key, close }: Extract<Problem, { kind: 'UNKNOWN_FIELD' }>): void {
  const parent = valueAt(input, path);
  if (!isObject(parent)) return;
  const value: unknown = Reflect.get(parent, key);
  Reflect.deleteProperty(parent, key);
  if (close !== undefined && !Object.hasOwn(parent, close)) Reflect.set(parent, close, value);
}

/** undefined takes the field away. */
function put(input: object, path: readonly PropertyKey[], value: unknown): void {
  const parent = valueAt(input, path.slice(0, -1));
  const key = path.at(-1);
  if (typeof parent !== 'object' || parent === null || key === undefined) return;
  if (value === undefined) Reflect.deleteProperty(parent, key);
  else Reflect.set(parent, key, value);
}

/** `"8"` as 8, `"true"` as true; anything else as it is. */
function unquoted(value: unknown): unknown {
  return typeof value === 'string' && /^(\d+|true|false)$/.test(value) ? JSON.parse(value) : value;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The time-outs that count: the input's, then the cluster's (weir.yaml), then the defaults. */
export function effectiveTimeouts(request: TransitionRequest, ofCluster: GivenTimeouts): Timeouts {
  const choose = (name: keyof Timeouts) => request.timeouts[name] ?? ofCluster[name] ?? defaultTimeouts[name];
  return {
    stop: choose('stop'),
    restart: choose('restart'),
    restore: choose('restore'),
    recovery: choose('recovery'),
    attention: choose('attention'),
  };
}
