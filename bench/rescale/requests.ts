import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { projectDir } from '../../src/dev/paths';

/** What a worker asks of Flink, and when, by its own clock (log-requests.js). */

const requestSchema = z.strictObject({
  method: z.string(),
  path: z.string(),
  /** ms since the epoch. */
  sentAt: z.number(),
  answeredAt: z.number(),
});
export type Request = z.infer<typeof requestSchema>;

/** The environment of a worker that notes its requests in that file. */
export function notingRequests(file: string): Record<string, string> {
  return {
    LOG_REQUESTS: file,
    NODE_OPTIONS: `-r ${join(projectDir, 'bench', 'rescale', 'log-requests.js')}`,
  };
}

/** Those that were answered so far, oldest answer first. */
export function requestsIn(file: string): Request[] {
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => requestSchema.parse(JSON.parse(line)));
}
