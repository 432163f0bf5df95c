import { Client, Connection, isGrpcDeadlineError } from '@temporalio/client';
import { existsSync, readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { UsageError, readArguments } from './apply/arguments';
import { carryOut } from './apply/carry-out';
import { readDocuments, readSources } from './apply/documents';
import { WeirClient } from './client';
import { ConfigError, parseConfig } from './config';
import { connectWithBackOff } from './worker/connect';
import { StartError } from './worker/start-error';
import { loadTemporal } from './worker/temporal';

/**
 * `npm run apply -- -f orders.yaml`: deployments from files. Temporal is found as the worker finds it; weir.yaml, if it
 * is there, tells the task queue and the clusters' names.
 */
async function main(): Promise<boolean> {
  const args = readArguments(process.argv.slice(2));
  const { taskQueue, names } = knownOf(process.env['WEIR_CONFIG'] ?? 'weir.yaml');
  // npm runs its scripts in the project's folder; the files are seen from where it was called
  const sources = readSources(args.files, process.env['INIT_CWD'] ?? '.');
  const documents = readDocuments(sources, { names, given: args.cluster });

  const { connectionOptions, namespace, address } = loadTemporal();
  const signal = interrupted();
  const complain = (line: string) => process.stderr.write(`${line}\n`);
  const connection = await connectWithBackOff({
    connect: () => Connection.connect(connectionOptions),
    ...{ address, log: { warn: complain }, patienceMs: 10_000, pauseMs: 500, signal },
  });
  try {
    const client = new Client({ connection, namespace });
    return await carryOut(documents, {
      weir: new WeirClient({ client, taskQueue }),
      args: { ...args, by: args.by ?? userInfo().username },
      call: (name, ask) => client.withDeadline(Date.now() + answerMs, ask).catch(unanswered(name, taskQueue)),
      print: (line) => process.stdout.write(`${line}\n`),
      complain,
      signal,
    });
  } finally {
    await connection.close();
  }
}

/** A deployment answers at once; longer means that no worker is there. */
const answerMs = 20_000;

function unanswered(name: string, taskQueue: string): (error: unknown) => never {
  return (error) => {
    if (!isDeadline(error)) throw error;
    throw new StartError(
      `${name}: no answer in ${answerMs / 1_000} s; does a worker poll the task queue "${taskQueue}"?\n` +
        `Next: temporal task-queue describe --task-queue ${taskQueue}`,
    );
  };
}

function isDeadline(error: unknown): boolean {
  return isGrpcDeadlineError(error) || (error instanceof Error && isGrpcDeadlineError(error.cause));
}

/** What weir.yaml tells without its secrets; nothing if there is none here. */
function knownOf(file: string): { readonly taskQueue: string; readonly names: readonly string[] } {
  if (process.env['WEIR_CONFIG'] === undefined && !existsSync(file)) return { taskQueue: 'weir', names: [] };
  const { taskQueue, clusters } = parseConfig(textOf(file), file);
  return { taskQueue, names: Object.keys(clusters) };
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    throw new UsageError(`WEIR_CONFIG names ${file}, which cannot be read`, 'ls weir.yaml');
  }
}

function interrupted(): AbortSignal {
  const ending = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => ending.abort());
  return ending.signal;
}

function explained(error: unknown): string {
  if (error instanceof ConfigError) return `${error.what}\nNext: correct it, then run this command again`;
  if (error instanceof UsageError || error instanceof StartError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

main().then(
  (isGood) => (process.exitCode = isGood ? 0 : 1),
  (error: unknown) => {
    process.stderr.write(`${explained(error)}\n`);
    process.exitCode = 1;
  },
);
