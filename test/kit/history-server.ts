import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { until } from '../../src/dev/until';

/** A HistoryServer: it serves what it has archived of ended jobs, under the paths of Flink's REST API. */
export class HistoryServer {
  /** By path, the body. */
  private readonly archive = new Map<string, string>();

  private constructor(private readonly server = createServer()) {
    server.on('request', ({ url = '' }, response) => {
      const body = this.archive.get(url);
      response.writeHead(body === undefined ? 404 : 200, { 'content-type': 'application/json' });
      response.end(body ?? '{"errors":["File not found."]}');
    });
  }

  static async start(): Promise<HistoryServer> {
    const history = new HistoryServer();
    history.server.listen(0, '127.0.0.1');
    await once(history.server, 'listening');
    return history;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /**
   * Archives the job, which has ended, as the JobManager at that address shows it; once it shows the `newest`
   * snapshot, if one is named: an archive is written from the job itself, what REST tells of checkpoints is cached.
   */
  async take(rest: string, jobId: string, newest = ''): Promise<void> {
    const bodyOf = async (path: string): Promise<string> => (await fetch(`${rest}${path}`)).text();
    const job = `/jobs/${jobId}`;
    const checkpoints = `${job}/checkpoints`;
    this.archive.set(job, await bodyOf(job));
    const shown = async (): Promise<string | false> => {
      const body = await bodyOf(checkpoints);
      return body.includes(newest) && body;
    };
    this.archive.set(
      checkpoints,
      await until(shown, { what: `${newest} in ${checkpoints}`, deadlineMs: 60_000, pollMs: 50 }),
    );
  }

  stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}
