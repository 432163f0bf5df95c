import { rescaleInputSchema } from '../contracts/rescale';
import type { GivenRequest, RescaleInput } from '../contracts/rescale';
import { quote } from './by-hand';
import { rescaleWorkflowId } from './ids';

/** What a person types to start a run: as short as the request allows, every word as a shell takes it. */

interface Started {
  readonly taskQueue: string;
  readonly request: GivenRequest & { readonly cluster: string };
}

/** The command that starts this run, as somebody would type it. */
export function startCommand({ taskQueue, request }: Started): string {
  const workflowId = rescaleWorkflowId(request.cluster, request.job);
  return startCommandFor({ taskQueue, workflowId, input: asTyped(request) });
}

/** The request without what it leaves to the defaults. */
function asTyped(request: GivenRequest): RescaleInput {
  const { cluster, job, parallelism } = request;
  const { savepoint, ...defaults } = rescaleInputSchema.parse({ job, parallelism: parallelism ?? 1 });
  const drain = request.savepoint.drain === undefined ? {} : { drain: false };
  const given = withoutDefaults(request, { ...defaults, savepoint: { ...savepoint, ...drain } });
  return { cluster, job, ...(parallelism === undefined ? {} : { parallelism }), ...given };
}

function withoutDefaults(said: object, defaults: object): object {
  const left = new Map<string, unknown>(Object.entries(defaults));
  const entries = Object.entries(said).flatMap(([name, value]: [string, unknown]) => {
    const usual = left.get(name);
    if (JSON.stringify(value) === JSON.stringify(usual)) return [];
    return [[name, isRecord(value) && isRecord(usual) ? withoutDefaults(value, usual) : value] as const];
  });
  return Object.fromEntries(entries);
}

function isRecord(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An input that is longer belongs into a file: the message has to stay small (P32). */
const longestInput = 600;

/** Always with --fail-existing: without it the CLI attaches to a running workflow and drops the new input. */
export function startCommandFor(options: {
  readonly type?: 'rescale' | 'deployment';
  readonly workflowId: string;
  readonly taskQueue: string;
  readonly input: unknown;
}): string {
  const { type = 'rescale' } = options;
  const input = JSON.stringify(options.input);
  const command =
    `temporal workflow start --fail-existing --task-queue ${quote(options.taskQueue)} --type ${type} ` +
    `--workflow-id ${quote(options.workflowId)}`;
  if (input.length <= longestInput) return `${command} --input ${quote(input)}`;
  return `with the input, corrected, in input.json: ${command} --input-file input.json`;
}
