import type { Program, StoppedJob } from '../contracts/observation';
import type { RescaleRequest } from '../contracts/rescale';
import { formatOf } from './format';
import type { Objection } from './objections';

/** A change of the state backend: which snapshots survive it (P19). */

/** Names of the state backends: as `state.backend.type` has them, and as Flink reports them. */
const backends: Readonly<Record<string, string>> = {
  hashmap: 'HashMapStateBackend',
  rocksdb: 'EmbeddedRocksDBStateBackend',
  forst: 'ForStStateBackend',
};

/**
 * Only a savepoint in canonical format can be read by another state backend (P19): ours, and only where nothing newer
 * can take its place, as a checkpoint before the cancel of SAVEPOINT_THEN_CANCEL would.
 */
export function backendObjections(
  before: string | undefined,
  program: Program | undefined,
  request: RescaleRequest,
): Objection[] {
  const change = backendChange(before, program, request);
  const { upgradeStrategy, restoreStrategy, savepoint } = request;
  const fromOurs = savepoint.mode === 'STOP_WITH_SAVEPOINT' || restoreStrategy === 'LATEST_SAVEPOINT';
  if (
    change === undefined ||
    (upgradeStrategy === 'STATEFUL' && formatOf(request) === 'CANONICAL' && fromOurs)
  )
    return [];
  return [
    {
      reason:
        `${change}, which only a savepoint in CANONICAL format survives; valid: "upgradeStrategy": "STATEFUL" with ` +
        '"savepoint": {"format": "CANONICAL", "mode": "STOP_WITH_SAVEPOINT"}',
      mend: {
        upgradeStrategy: 'STATEFUL',
        savepoint: { ...savepoint, format: 'CANONICAL', mode: 'STOP_WITH_SAVEPOINT' },
      },
    },
  ];
}

/** A job that is over takes no savepoint any more; whether the one that it left is CANONICAL, the request has to know. */
export function resumedBackendObjections(
  job: StoppedJob,
  program: Program | undefined,
  request: RescaleRequest,
): Objection[] {
  const change = backendChange(undefined, program, request);
  const { restoreStrategy, mechanism, savepoint } = request;
  // by AUTO it may have come to be NATIVE without a word
  const format = mechanism === 'AUTO' ? (savepoint.format ?? 'an unknown') : formatOf(request);
  const kind = restoreStrategy === 'LATEST_SAVEPOINT' ? 'SAVEPOINT' : job.snapshot.kind;
  if (change === undefined || (kind === 'SAVEPOINT' && format === 'CANONICAL')) return [];
  return [
    {
      reason:
        `${change}, which only a savepoint in CANONICAL format survives, and the job left ` +
        `${kind === 'CHECKPOINT' ? 'a checkpoint' : `one in ${format} format`}; ` +
        'valid: resume it with the backend that it had, then change that',
    },
  ];
}

/** What changes, where the new program begins with state and is set to another backend than the one that wrote it. */
function backendChange(
  observed: string | undefined,
  program: Program | undefined,
  request: RescaleRequest,
): string | undefined {
  if (program?.kind !== 'READY' || request.restoreStrategy === 'NONE') return undefined;
  const asked = backendOf(program.jar.artifact.flinkConfiguration);
  const before = observed ?? named(backendOf(program.previousJar.artifact.flinkConfiguration) ?? 'hashmap');
  if (asked === undefined || named(asked) === before) return undefined;
  return `state.backend.type changes from ${before} to ${asked}`;
}

function backendOf(configuration: Readonly<Record<string, string>> = {}): string | undefined {
  return configuration['state.backend.type'] ?? configuration['state.backend'];
}

function named(backend: string): string {
  return backends[backend] ?? backend;
}
