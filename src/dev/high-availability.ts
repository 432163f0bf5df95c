import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { jvmFlags, type FlinkSettings } from './flink-config';
import { jvmService } from './jvm';
import { isListening } from './ports';
import type { Service } from './service';

const HEAP_MB = 64;

/**
 * High availability on one machine: a ZooKeeper from Flink's own jars. A JobManager that is killed and started again
 * finds there which jobs ran, and recovers them by itself from their last checkpoints. (What it does not find are
 * savepoint triggers, and jobs that have ended.)
 */
export class HighAvailability {
  readonly zooKeeper: Service;
  /** What the JobManager and the TaskManagers have to be told. */
  readonly settings: FlinkSettings;

  constructor({ runDir, lib, port }: { runDir: string; lib: string; port: number }) {
    const data = join(runDir, 'zookeeper');
    mkdirSync(data, { recursive: true });
    const config = join(data, 'zoo.cfg');
    writeFileSync(config, zooCfg(join(data, 'data'), port));
    this.settings = {
      'high-availability.type': 'zookeeper',
      'high-availability.storageDir': `file://${join(runDir, 'high-availability')}`,
      'high-availability.zookeeper.quorum': `127.0.0.1:${port}`,
      // For so long a new JobManager waits for the session of one that was killed: 60 s by default.
      'high-availability.zookeeper.client.session-timeout': 4_000,
    };
    this.zooKeeper = jvmService({
      name: 'zookeeper',
      runDir,
      flags: jvmFlags('zookeeper', runDir, HEAP_MB),
      classpath: [join(lib, '*')],
      main: 'org.apache.flink.runtime.zookeeper.FlinkZooKeeperQuorumPeer',
      args: () => ['--zkConfigFile', config, '--peerId', '1'],
      what: 'ZooKeeper to listen',
      isReady: () => isListening(port),
    });
  }
}

function zooCfg(dataDir: string, port: number): string {
  return [
    'tickTime=2000',
    `dataDir=${dataDir}`,
    `clientPort=${port}`,
    'clientPortAddress=127.0.0.1',
    'admin.enableServer=false',
    '',
  ].join('\n');
}
