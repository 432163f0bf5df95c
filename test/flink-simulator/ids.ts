import { randomBytes } from 'node:crypto';

/** A job id or trigger id that nobody has. */
export function freshId(): string {
  return randomBytes(16).toString('hex');
}
