import { sampled } from '../test/kit/scrape';

/** Heartbeats that a worker has sent so far, of all its activities, as its metrics on that port of this machine have it. */
export async function heartbeatsSent(port: number): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return sampled(text, 'temporal_request_total', { operation: 'RecordActivityTaskHeartbeat' }) ?? 0;
}
