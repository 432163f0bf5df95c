import { loadClientConnectConfig } from '@temporalio/envconfig';
import { existsSync } from 'node:fs';
import { ConfigError } from '../config';

/** How Temporal is reached. */
export interface Temporal {
  readonly connectionOptions: ReturnType<typeof loadClientConnectConfig>['connectionOptions'];
  readonly namespace: string;
  /** For people: host and port. */
  readonly address: string;
}

/**
 * From the usual environment variables and temporal.toml (`@temporalio/envconfig`).
 *
 * @throws ConfigError TEMPORAL_CONFIG_FILE names no file: the SDK ignores that, and would connect to localhost instead
 */
export function loadTemporal(): Temporal {
  const file = process.env['TEMPORAL_CONFIG_FILE'];
  if (file !== undefined && !existsSync(file))
    throw new ConfigError(`TEMPORAL_CONFIG_FILE names ${file}, which is not there`);
  const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
  return { connectionOptions, namespace, address: connectionOptions.address ?? 'localhost:7233' };
}
