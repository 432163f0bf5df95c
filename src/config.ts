import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { AccessError, anchoredAccess, openAccess } from './access';
import { ConfigError, ConfigFile } from './config-file';
import { refuseClashes } from './config/clashes';
import { configSchema } from './config/schema';
import type {
  ClusterConfig,
  Config,
  SnapshotStoreConfig,
  TaskManagersConfig,
  Written,
} from './config/schema';
import { check, validFields } from './planning/problems';
import type { Problem } from './planning/problems';

export { ConfigError };
export type * from './config/schema';

/**
 * `weir.yaml` as one typed, validated Config. Relative paths in it are relative to the file. No address, host or path
 * to a server comes from anywhere else: inputs name clusters and jars, this file says what they are.
 */

/**
 * Reads the file that WEIR_CONFIG names, by default `weir.yaml` in the working directory.
 *
 * @throws ConfigError
 */
export function loadConfig(file = process.env['WEIR_CONFIG'] ?? 'weir.yaml'): Config {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new ConfigError(
      `${file} cannot be read; valid: a weir.yaml in the working directory, or its path in WEIR_CONFIG`,
      'WEIR_CONFIG=/path/to/weir.yaml npm run worker',
    );
  }
  const source = new ConfigFile(text, file);
  const config = configOf(source, file);
  requireAccess(config, source);
  return config;
}

/**
 * Parses the text of a weir.yaml; `file` names it in messages and anchors its relative paths.
 *
 * @throws ConfigError
 */
export function parseConfig(text: string, file: string): Config {
  return configOf(new ConfigFile(text, file), file);
}

function configOf(source: ConfigFile, file: string): Config {
  const checked = check(configSchema, source.raw);
  if (checked.kind === 'INVALID') {
    throw source.error(checked.problems.map((problem) => ({ path: placeOf(problem), what: wrong(problem) })));
  }
  const { data } = checked;
  refuseClashes(data, source);
  return anchored(data, dirname(resolve(file)));
}

function placeOf(problem: Problem): readonly PropertyKey[] {
  return problem.kind === 'UNKNOWN_FIELD' ? [...problem.path, problem.key] : problem.path;
}

/** What is wrong with a field of the file. What stands there is not repeated: it may be a secret in the wrong place. */
function wrong(problem: Problem): string {
  if (problem.kind === 'UNKNOWN_FIELD') return `unknown field${validFields(problem)}`;
  const { value, must, close } = problem;
  const state = value === undefined ? 'is missing; it ' : value === null ? 'is empty; it ' : '';
  return `${state}${must}${close === undefined ? '' : `; did you mean ${close}?`}`;
}

/** What each `access` names is there and fits: better said now than in the middle of a rescale. */
function requireAccess({ clusters, webhook }: Config, source: ConfigFile): void {
  const places = [
    ...Object.entries(clusters).map(([name, { access }]) => ({ path: ['clusters', name], access })),
    { path: ['webhook'], access: webhook?.access },
  ];
  for (const { path, access } of places) {
    try {
      openAccess(access);
    } catch (error) {
      if (!(error instanceof AccessError)) throw error;
      throw source.error([{ path: [...path, 'access', ...error.field.split('.')], what: error.message }]);
    }
  }
}

function anchored(written: Written, folder: string): Config {
  const clusters: Record<string, ClusterConfig> = {};
  for (const [name, cluster] of Object.entries(written.clusters)) {
    clusters[name] = {
      ...cluster,
      artifacts: resolve(folder, cluster.artifacts),
      ...(cluster.access && { access: anchoredAccess(cluster.access, folder) }),
      ...(cluster.taskManagers && { taskManagers: anchoredTaskManagers(cluster.taskManagers, folder) }),
      snapshotStore: anchoredStore(cluster.savepointRoot, cluster.snapshotStore, folder),
    };
  }
  const { webhook } = written;
  const access = webhook?.access && anchoredAccess(webhook.access, folder);
  return { ...written, clusters, ...(access && { webhook: { ...webhook, access } }) };
}

function anchoredStore(
  root: string,
  store: Written['clusters'][string]['snapshotStore'],
  anchor: string,
): SnapshotStoreConfig {
  if (store.kind === 'none') return store;
  if (store.folder !== undefined) return { kind: 'file', folder: resolve(anchor, store.folder) };
  // As Flink reads it: a percent sign in it is one in the folder's name.
  return { kind: 'file', folder: resolve(root.replace(/^file:\/*/, '/')) };
}

function anchoredTaskManagers(written: TaskManagersConfig, anchor: string): TaskManagersConfig {
  switch (written.kind) {
    case 'kubernetes': {
      const { kubeconfig } = written;
      return { ...written, ...(kubeconfig && { kubeconfig: resolve(anchor, kubeconfig) }) };
    }
    case 'processes':
      return { ...written, folder: resolve(anchor, written.folder) };
  }
}
