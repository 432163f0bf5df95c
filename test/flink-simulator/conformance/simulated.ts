import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FlinkClient } from '../../../src/flink/client';
import { defaultProgram, type Program } from '../program';
import { FlinkSimulator, type SimulatorOptions } from '../index';
import { allTasksRun } from '../look';
import { firstCheckpoint } from './steps';
import type { Kind, Misbehaviour, Target } from './target';

const name = 'conformance';

/** Its TaskManagers, and its scheduler with shorter times than Flink's own. */
function clusterOf(kind: Kind): Pick<SimulatorOptions, 'taskManagers' | 'slots' | 'scheduling'> {
  const times = { cooldownMs: 100, partMs: 100 };
  if (kind === 'REACTIVE') return { taskManagers: 1, slots: 2, scheduling: { kind, ...times } };
  const scheduler = kind === 'ADAPTIVE' ? kind : 'DEFAULT';
  const waits = { slotRequestMs: 100, resourceWaitMs: 800, stabilizationMs: 300 };
  return { scheduling: { kind: scheduler, ...waits, ...times } };
}

/** The simulator, to be compared. `end` stops it. */
export async function simulatedTarget(
  version: string,
  kind: Kind = 'PLAIN',
): Promise<Target & { end(): Promise<void> }> {
  const root = mkdtempSync(join(tmpdir(), 'weir-sim-'));
  writeFileSync(join(root, 'file'), '');
  const program: { -readonly [K in keyof Program]: Program[K] } = { ...defaultProgram, name };
  const resultsKeptMs = 500;
  const sim = await FlinkSimulator.start({
    version,
    folders: true,
    savepointRoot: `file://${root}/savepoints`,
    checkpointing: { intervalMs: 3_600_000 },
    keepResultsMs: resultsKeptMs,
    ...clusterOf(kind),
    programs: [program],
  });
  const flink = new FlinkClient({ rest: sim.restUrl });
  const jar = 'orders.jar';
  let jarId: string | undefined;
  const live = () => sim.live(name);
  if (kind === 'REACTIVE') sim.startJob({ name, parallelism: 1, jar });
  const misbehave: Readonly<{ [M in Misbehaviour]: () => void }> = {
    FAILS_WHILE_STOPPING: () => sim.script({ stops: [{ kind: 'FAILS_AFTER_SAVEPOINT' }] }),
    FAILS_SNAPSHOT: () => sim.script({ stops: [{ kind: 'TASK_FAILS', restartMs: 1_000 }] }),
    SLOW_SNAPSHOT: () => sim.script({ stops: [{ kind: 'TAKES', ms: 800 }] }),
    KEEPS_RESTARTING: () => live().forEach((job) => job.keepRestarting()),
    FAILS_TO_OPEN: () => sim.script({ starts: [{ kind: 'RESTARTS' }] }),
    SLOW_RESTORE: () => sim.script({ starts: [{ kind: 'RESTORING', ms: 800 }] }),
    MAIN_FAILS: () => (program.mainFails = 'fault main-fail'),
  };
  return {
    ...{ flink, version, resultsKeptMs, restUrl: sim.restUrl, file: __filename },
    savepoints: `file://${root}/savepoints`,
    notADirectory: `file://${root}/file/below`,
    submission: async (parallelism) => {
      jarId ??= await flink.uploadJar(__filename, jar);
      return { jarId, parallelism };
    },
    start: async (parallelism) => {
      const { id } = sim.startJob({ name, parallelism, jar });
      await allTasksRun(flink, id);
      await firstCheckpoint(flink, id);
      return id;
    },
    application: () => {
      const [job] = live();
      if (job === undefined) throw new Error('nothing runs');
      return Promise.resolve(job.id);
    },
    scale: (taskManagers) => Promise.resolve(sim.scaleTo(taskManagers)),
    make: (misbehaviour) => Promise.resolve(misbehave[misbehaviour]()),
    mend: () => {
      delete program.mainFails;
      live().forEach((job) => job.mend());
      return Promise.resolve();
    },
    loseJobManager: () =>
      kind === 'HA'
        ? sim.loseJobManager({ ha: true, electionMs: 400, startingMs: 100, results: 'LEFT' })
        : sim.loseJobManager({ registerMs: 500, slotsMs: 500 }),
    tend: () => Promise.resolve(),
    end: () => sim.stop(),
  };
}
