import type { Observation, ObservedJob } from '../contracts/observation';
import type { RescaleRequest, SavepointFormat, TransitionRequest } from '../contracts/rescale';
import { isUpgrade } from './objections';
import type { Objection } from './objections';
import { parseVersion } from './versions';

/** In which format a savepoint is taken. */

/** CANONICAL unless the request says otherwise: any state backend can read it (P19). */
export function formatOf({ savepoint }: Pick<TransitionRequest, 'savepoint'>): SavepointFormat {
  return savepoint.format ?? 'CANONICAL';
}

export interface ChosenFormat {
  readonly format: SavepointFormat;
  /** A sentence. */
  readonly why: string;
}

/** Where it is left to AUTO: NATIVE, which Flink writes and reads faster, where nothing can be lost by it. */
export function chooseFormat(
  job: ObservedJob,
  observation: Observation,
  request: RescaleRequest,
): ChosenFormat {
  const { format } = request.savepoint;
  if (format !== undefined) return { format, why: `Savepoint in ${format} format, as asked for` };
  const doubts = nativeDoubts(job, observation, request);
  if (doubts.length > 0)
    return { format: 'CANONICAL', why: `Savepoint in CANONICAL format, since ${doubts.join('; ')}` };
  const same = 'since neither the program nor its state backend changes';
  return { format: 'NATIVE', why: `Savepoint in NATIVE format, ${same}` };
}

/**
 * What a NATIVE savepoint might lose, or could not be read by. Rescaling is no reason (Flink: Checkpoints vs. Savepoints),
 * nor are FLINK-39964, which is of CLAIM mode alone, and Flink before 1.15, on which nothing is rescaled (FLIP-203).
 */
function nativeDoubts(job: ObservedJob, observation: Observation, request: RescaleRequest): string[] {
  const { program, flinkVersion } = observation;
  const doubts: string[] = [];
  if (request.restoreStrategy === 'NONE') doubts.push('nothing begins from it, and it is kept');
  if (parseVersion(flinkVersion) === undefined)
    doubts.push(`which faults Flink "${flinkVersion}" has is not known`);
  // of state that has changed its shape Flink promises nothing else
  if (isUpgrade(request, program))
    doubts.push('another program may have other state or another state backend');
  else if (program?.kind !== 'READY' || !program.previousKnown)
    doubts.push('whether the program is the one that runs is not recorded');
  return [...doubts, ...backendDoubts(job, observation)];
}

/**
 * The option by which timers of RocksDB are in RocksDB, which is the default, or on the heap. Those on the heap are in its
 * checkpoints and CANONICAL savepoints, and in no NATIVE one (seen on 2.3.0 and 1.20.5; no issue of Flink's is known).
 */
export const rocksDbTimersOption = 'state.backend.rocksdb.timer-service.factory';
const rocksDb = 'EmbeddedRocksDBStateBackend';

/** A format that is asked for stands, unless state is lost by it. */
export function formatObjections(
  { checkpointing }: ObservedJob,
  observation: Observation,
  request: TransitionRequest,
): Objection[] {
  if (formatOf(request) !== 'NATIVE' || checkpointing?.stateBackend !== rocksDb) return [];
  if (timersOf(observation) !== 'HEAP') return [];
  return [
    {
      reason:
        `"savepoint.format" is NATIVE, and RocksDB keeps timers on the heap (${rocksDbTimersOption}: HEAP): those would ` +
        'not be in it, and be lost without a word; valid: "CANONICAL"',
      mend: { savepoint: { ...request.savepoint, format: 'CANONICAL' } },
    },
  ];
}

/**
 * By the name that Flink reports; one that is wrapped by the changelog has another (FLINK-29802, FLINK-40302). Where
 * RocksDB has its timers a program may say as well, and Flink does not tell: only what is said outright counts.
 */
function backendDoubts({ checkpointing }: ObservedJob, observation: Observation): string[] {
  const backend = checkpointing?.stateBackend;
  switch (backend) {
    case 'HashMapStateBackend':
      return [];
    case rocksDb:
      if (timersOf(observation) === 'ROCKSDB') return [];
      return [
        `timers that RocksDB keeps on the heap would be lost, and ${rocksDbTimersOption} is not ROCKSDB`,
      ];
    case undefined:
      return ['Flink does not say which state backend the job has'];
    default:
      return [`whether ${backend} loses nothing by NATIVE is not known`];
  }
}

/** As the options say of the job that runs; undefined where they leave it to the default. */
function timersOf({ program, rocksDbTimers }: Observation): string | undefined {
  const own = program?.kind === 'READY' ? program.previousJar.artifact.flinkConfiguration : undefined;
  return (own?.[rocksDbTimersOption] ?? rocksDbTimers)?.trim().toUpperCase();
}
