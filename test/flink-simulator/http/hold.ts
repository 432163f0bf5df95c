import type { ServerResponse } from 'node:http';

/** What becomes of requests that were held. */
export type AfterHold = 'GOES_ON' | 'DROPPED';

/**
 * Requests that a test holds: received and not answered, until the test says what becomes of them. So a test can act
 * at a known point of a call, and can see whether the client still waits for the answer.
 */
export class Hold {
  /** Resolves when the first of them is held. */
  readonly arrived: Promise<void>;
  private arrive: () => void = () => undefined;
  private readonly ended: Promise<AfterHold>;
  private end: (how: AfterHold) => void = () => undefined;
  private readonly held = new Set<ServerResponse>();

  /** `lift` takes the fault back: what comes later is not held. */
  constructor(private readonly lift: () => void) {
    this.arrived = new Promise((resolve) => (this.arrive = resolve));
    this.ended = new Promise((resolve) => (this.end = resolve));
  }

  /** Of those that are held: how many have a client that still waits. */
  get waiting(): number {
    return [...this.held].filter((response) => !response.closed).length;
  }

  /** They go on. */
  release(): void {
    this.lift();
    this.end('GOES_ON');
  }

  /** Their connections are reset; those that were not executed never are. */
  drop(): void {
    this.lift();
    this.end('DROPPED');
  }

  /** For the server: returns what becomes of this one, once the test has said so. */
  async hold(response: ServerResponse): Promise<AfterHold> {
    this.held.add(response);
    this.arrive();
    const how = await this.ended;
    this.held.delete(response);
    return how;
  }
}
