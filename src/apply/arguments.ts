import { parseArgs } from 'node:util';
import { nearest } from '../planning/nearest';

/** What `npm run apply --` was told. */
export interface Arguments {
  /** `-` is the standard input. */
  readonly files: readonly string[];
  readonly dryRun: boolean;
  readonly wait: boolean;
  /** Of `--wait`, ms. */
  readonly timeoutMs: number | undefined;
  /** For resources that name none. */
  readonly cluster: string | undefined;
  readonly by: string | undefined;
  readonly reason: string | undefined;
}

/** The command cannot be carried out as it was typed. The message says what is valid, and one command to run next. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  constructor(what: string, next: string) {
    super(`${what}\nNext: ${next}`);
  }
}

const options = {
  file: { type: 'string', short: 'f', multiple: true },
  'dry-run': { type: 'boolean', default: false },
  wait: { type: 'boolean', default: false },
  timeout: { type: 'string' },
  cluster: { type: 'string' },
  by: { type: 'string' },
  reason: { type: 'string' },
} as const;

export const usage = `Usage: npm run apply -- -f FILE [-f FILE ...] [OPTION ...]
Applies deployments: creates those that are not there, and takes the others to what the file says.
  -f, --file FILE     YAML or JSON, one or more documents; - is the standard input
  --dry-run           show what would change and what would be done, and touch nothing
  --wait              show how it goes until it is done; the exit code says whether it went well
  --timeout TIME      how long --wait waits, such as 90s, 10m, 2h; default: as long as it takes
  --cluster NAME      the cluster of resources without sessionClusterName; default: the only one in weir.yaml
  --by NAME           who asks, for the deployment's history; default: your user name
  --reason TEXT       why, for the deployment's history`;

/** @throws UsageError */
export function readArguments(args: readonly string[]): Arguments {
  const { values, positionals } = parsed(args);
  const files = [...(values.file ?? [])];
  const [stray] = positionals;
  if (stray !== undefined) {
    const next = `npm run apply -- -f ${stray}`;
    throw new UsageError(`"${stray}" is no option; a file is given with -f`, next);
  }
  if (files.length === 0) throw new UsageError(usage, 'npm run apply -- -f orders.yaml --dry-run');
  return {
    files,
    dryRun: values['dry-run'],
    wait: values.wait,
    timeoutMs: values.timeout === undefined ? undefined : milliseconds(values.timeout),
    cluster: values.cluster,
    by: values.by,
    reason: values.reason,
  };
}

function parsed(args: readonly string[]) {
  const unknown = args.find((arg) => /^--?[^-]/.test(arg) && !isOption(arg));
  if (unknown !== undefined) {
    const names = Object.keys(options).map((name) => `--${name}`);
    const close = nearest(unknown.replace(/=.*$/s, ''), names);
    const hint = close === undefined ? '; valid: ' : `; did you mean ${close}? Valid: `;
    throw new UsageError(`unknown option ${unknown}${hint}-f, ${names.join(', ')}`, 'npm run apply');
  }
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), 'npm run apply');
  }
}

function isOption(arg: string): boolean {
  const [, name] = /^--([^=]+)/.exec(arg) ?? [];
  return name === undefined ? arg.startsWith('-f') : name in options;
}

const units: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };

function milliseconds(time: string): number {
  const [, count, unit = ''] = /^(\d+)([smh])$/.exec(time) ?? [];
  const ms = Number(count) * (units[unit] ?? NaN);
  if (ms > 0) return ms;
  throw new UsageError(`--timeout is "${time}"; it must be a time such as 90s, 10m, 2h`, 'npm run apply');
}
