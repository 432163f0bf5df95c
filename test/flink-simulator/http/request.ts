import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import { refused } from './answer';
import { unknownFields, type requests } from './versions';

export interface Request {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** Values of the route's `:names`. */
  readonly params: Readonly<{ [name: string]: string }>;
  readonly body: Buffer;
  /** Of the Flink that it is for. */
  readonly version: string;
}

const triggerId = z
  .string()
  .regex(/^[0-9a-f]{32}$/i)
  .optional();

export const stopBody = z.looseObject({ triggerId, targetDirectory: z.string().nullish() });
export const savepointBody = z.looseObject({ triggerId, 'target-directory': z.string().nullish() });
export const checkpointBody = z.looseObject({ triggerId });
export const disposalBody = z.looseObject({ 'savepoint-path': z.string() });
export const runBody = z.looseObject({
  jobId: triggerId,
  parallelism: z.number().int().positive().default(1),
  programArgsList: z.array(z.string()).default([]),
  savepointPath: z.string().optional(),
  flinkConfiguration: z.record(z.string(), z.string()).optional(),
  restoreMode: z.enum(['CLAIM', 'NO_CLAIM', 'LEGACY']).optional(),
  claimMode: z.enum(['CLAIM', 'NO_CLAIM', 'LEGACY']).optional(),
});

/** The body by that schema; 400 if it does not fit. Fields that Flink does not know are ignored since 1.20. */
export function parsed<S extends z.ZodType<object>>(
  request: Request,
  schema: S,
  name: keyof typeof requests,
): z.output<S> {
  let body: unknown;
  try {
    body = request.body.length === 0 ? {} : JSON.parse(request.body.toString('utf8'));
  } catch {
    body = undefined;
  }
  const result = schema.safeParse(body);
  if (result.success && unknownFields(request.version, name, result.data).length === 0) return result.data;
  throw refused(400, `Request did not match expected format ${name}.`);
}

/** The file name and size of an upload's only part; its bytes are not kept. */
export function uploadedFile(request: Request): { name: string; size: number } {
  const head = request.body.subarray(0, 4096).toString('latin1');
  const name = /filename="([^"]*)"/i.exec(head)?.[1];
  if (name === undefined) throw refused(400, 'Exactly 1 file must be sent, received 0.');
  if (!name.endsWith('.jar')) throw refused(400, 'Only Jar files are allowed.');
  return { name: Buffer.from(name, 'latin1').toString('utf8'), size: request.body.length };
}

export async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
