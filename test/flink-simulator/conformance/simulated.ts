import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FlinkClient } from '../../../src/flink/client';
import { defaultProgram, type Program } from '../program';
import { FlinkSimulator } from '../index';
import { allTasksRun } from '../look';
import { firstCheckpoint } from './steps';
import type { Kind, Misbehaviour, Target } from './target';

const name = 'conformance';

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
    scheduling: {
      kind: kind === 'ADAPTIVE' ? 'ADAPTIVE' : 'DEFAULT',
      ...{ slotRequestMs: 100, resourceWaitMs: 800, stabilizationMs: 300, cooldownMs: 100, partMs: 100 },
    },
    programs: [program],
  });
  const flink = new FlinkClient({ rest: sim.restUrl });
  const jarId = await flink.uploadJar(__filename, 'orders.jar');
  const live = () => sim.live(name);
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
    submission: (parallelism) => Promise.resolve({ jarId, parallelism }),
    start: async (parallelism) => {
      const { id } = sim.startJob({ name, parallelism, jar: 'orders.jar' });
      await allTasksRun(flink, id);
      await firstCheckpoint(flink, id);
      return id;
    },
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
    end: () => sim.stop(),
  };
}
