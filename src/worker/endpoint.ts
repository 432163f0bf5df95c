import { isIPv6 } from 'node:net';
import type { EndpointConfig } from '../config';

/** Host and port as a URL has them. */
export function authority({ host, port }: EndpointConfig): string {
  return `${isIPv6(host) ? `[${host}]` : host}:${port}`;
}
