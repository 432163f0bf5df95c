import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

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

  /** Archives the job, which has ended, as the JobManager at that address shows it. */
  async take(rest: string, jobId: string): Promise<void> {
    for (const path of [`/jobs/${jobId}`, `/jobs/${jobId}/checkpoints`])
      this.archive.set(path, await (await fetch(`${rest}${path}`)).text());
  }

  stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}
