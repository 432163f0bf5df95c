import { z } from 'zod';
import { defaultTimeouts, rescaleInputSchema } from '../contracts/rescale';
import type { GivenTimeouts, RescaleRequest, Timeouts } from '../contracts/rescale';
import { clusterOf, rescaleWorkflowId, subjectOf } from './ids';
import { check, said, valueAt } from './problems';
import type { Problem } from './problems';

/** A request that can be planned, or why it cannot be, and what could be started instead. */
export type Parsed =
  | { readonly kind: 'REQUEST'; readonly request: RescaleRequest }
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
  const checked = check(rescaleInputSchema, raw);
  const found = checked.kind === 'VALID' ? [] : checked.problems;
  const input = mended(mended(isObject(raw) ? raw : {})); // a value in quotes may stand under a wrong name
  const problems = found.filter((problem) => !isCured(problem, input)).map(refused);

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
    return { kind: 'REQUEST', request: { ...checked.data, cluster } };
  }
  const named = lock.success ? input : { ...input, job };
  return { kind: 'INVALID', problems, suggestion: { workflowId: wanted, input: withGaps(named) } };
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
  const checked = check(rescaleInputSchema, raw);
  return checked.kind === 'VALID' ? [] : checked.problems;
}

/** Drain is no field of ours, on purpose (P19): whoever asks for it is told why. */
function refused(problem: Problem): string {
  const isDrain =
    problem.kind === 'UNKNOWN_FIELD' && [...problem.path, problem.key].join('.') === 'savepoint.drain';
  if (!isDrain) return said(problem);
  return (
    '"savepoint.drain" is refused: a drain ends all windows as if there were no more input, which is for retiring a ' +
    'job; a rescale never drains, so leave it out'
  );
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
export function effectiveTimeouts(request: RescaleRequest, ofCluster: GivenTimeouts): Timeouts {
  const choose = (name: keyof Timeouts) => request.timeouts[name] ?? ofCluster[name] ?? defaultTimeouts[name];
  return {
    stop: choose('stop'),
    restart: choose('restart'),
    restore: choose('restore'),
    recovery: choose('recovery'),
    attention: choose('attention'),
  };
}
