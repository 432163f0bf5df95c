import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { jvmFlags, type FlinkSettings } from '../../src/dev/flink-config';
import { jvmService } from '../../src/dev/jvm';
import { runsDir } from '../../src/dev/paths';
import { freePort } from '../../src/dev/ports';
import { provisionFlink } from '../../src/dev/provision-flink';
import type { Service } from '../../src/dev/service';
import type { Stack } from '../../src/dev/stack';

const HEAP_MB = 128;

/** Flink's own HistoryServer, beside the cluster of a stack: it shows the jobs that the JobManager archives when they end. */
export class FlinkHistoryServer {
  private constructor(
    readonly url: string,
    /** What the cluster of that stack has to be told; the HistoryServer reads the same file. */
    readonly settings: FlinkSettings,
  ) {}

  /** For the stack of that name; nothing is started yet. */
  static async create(name: string): Promise<FlinkHistoryServer> {
    const runDir = join(runsDir, name);
    const port = await freePort();
    const archive = `file://${join(runDir, 'archive')}`;
    return new FlinkHistoryServer(`http://127.0.0.1:${port}`, {
      'jobmanager.archive.fs.dir': archive,
      'historyserver.archive.fs.dir': archive,
      'historyserver.archive.fs.refresh-interval': 1000,
      'historyserver.web.address': '127.0.0.1',
      'historyserver.web.port': port,
      'historyserver.web.tmpdir': join(runDir, 'history'),
    });
  }

  /** Starts it, in the folder of the stack that was started with `settings`. Whoever does has to end it. */
  async start({ runDir }: Stack): Promise<Service> {
    mkdirSync(join(runDir, 'archive'), { recursive: true });
    const { lib } = await provisionFlink();
    const service = jvmService({
      name: 'historyserver',
      runDir,
      flags: jvmFlags('historyserver', runDir, HEAP_MB),
      classpath: [join(lib, '*')],
      main: 'org.apache.flink.runtime.webmonitor.history.HistoryServer',
      args: () => ['--configDir', join(runDir, 'conf')],
      what: 'the HistoryServer to answer',
      isReady: async () => (await fetch(`${this.url}/config`, { signal: AbortSignal.timeout(2000) })).ok,
    });
    await service.start();
    return service;
  }

  /** How the job ended, as it shows it; undefined while it does not know the job. */
  async stateOf(jobId: string): Promise<string | undefined> {
    const answer = await fetch(`${this.url}/jobs/${jobId}`);
    return answer.ok ? ((await answer.json()) as { state: string }).state : undefined;
  }
}
