import { compareVersions } from '../../../src/dev/versions';
import type { ClusterOptions } from '../cluster';
import type { Call, Verb } from '../journal';
import type { RestContext } from './context';
import type { Handled } from './answer';
import * as jars from './jars';
import * as jobs from './jobs';
import * as operations from './operations';
import type { Request } from './request';
import * as requirements from './requirements';

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  readonly path: string;
  /** The first version of Flink that has it; all that are simulated, where left out. */
  readonly since?: string;
  readonly handle: (context: RestContext, request: Request) => Handled;
  /** For a call that changes something: what is noted of it. */
  readonly change?: { readonly verb: Verb; readonly describe: (request: Request) => Partial<Call> };
}

export const routes: readonly Route[] = [
  { method: 'GET', path: '/config', handle: jobs.config },
  { method: 'GET', path: '/overview', handle: jobs.overview },
  { method: 'GET', path: '/taskmanagers', handle: jobs.taskManagers },
  { method: 'GET', path: '/jobmanager/config', handle: jobs.jobManagerConfig },
  { method: 'GET', path: '/jobs', handle: jobs.list },
  { method: 'GET', path: '/jobs/overview', handle: jobs.jobsOverview },
  { method: 'GET', path: '/jobs/:id', handle: jobs.details },
  { method: 'GET', path: '/jobs/:id/status', handle: jobs.status, since: '1.16' },
  { method: 'GET', path: '/jobs/:id/config', handle: jobs.jobConfig },
  { method: 'GET', path: '/jobs/:id/vertices/:vertex', handle: jobs.vertex },
  { method: 'GET', path: '/jobs/:id/vertices/:vertex/backpressure', handle: jobs.backpressure },
  { method: 'GET', path: '/jobs/:id/exceptions', handle: jobs.exceptions },
  { method: 'GET', path: '/jobs/:id/checkpoints', handle: jobs.checkpoints },
  { method: 'GET', path: '/jobs/:id/checkpoints/config', handle: jobs.checkpointConfig },
  {
    ...{ method: 'GET', path: '/jobs/:id/checkpoints/:trigger', since: '1.17' },
    handle: operations.checkpointResult,
  },
  {
    ...{ method: 'GET', path: '/jobs/:id/resource-requirements', since: '1.18' },
    handle: requirements.read,
  },
  {
    ...{ method: 'PUT', path: '/jobs/:id/resource-requirements', since: '1.18' },
    handle: requirements.change,
    change: { verb: 'REQUIRE', describe: requirements.describe },
  },
  { method: 'GET', path: '/jobs/:id/savepoints/:trigger', handle: operations.savepointResult },
  {
    method: 'POST',
    path: '/jobs/:id/stop',
    handle: operations.stop,
    change: { verb: 'STOP', describe: operations.describeStop },
  },
  {
    ...{ method: 'POST', path: '/jobs/:id/savepoints', handle: operations.savepoint },
    change: { verb: 'SAVEPOINT', describe: operations.describeSavepoint },
  },
  {
    ...{ method: 'POST', path: '/jobs/:id/checkpoints', handle: operations.checkpoint, since: '1.17' },
    change: { verb: 'CHECKPOINT', describe: operations.describeCheckpoint },
  },
  {
    method: 'PATCH',
    path: '/jobs/:id',
    handle: jobs.cancel,
    change: { verb: 'CANCEL', describe: ({ params }) => ({ jobId: params['id'] }) },
  },
  {
    ...{ method: 'POST', path: '/savepoint-disposal', handle: operations.dispose },
    change: { verb: 'DISPOSE', describe: operations.describeDisposal },
  },
  { method: 'GET', path: '/savepoint-disposal/:trigger', handle: operations.disposalResult },
  { method: 'GET', path: '/jars', handle: jars.list },
  {
    method: 'POST',
    path: '/jars/upload',
    handle: jars.upload,
    change: { verb: 'UPLOAD', describe: () => ({}) },
  },
  { method: 'POST', path: '/jars/:jar/plan', handle: jars.plan },
  {
    method: 'POST',
    path: '/jars/:jar/run',
    handle: jars.run,
    change: { verb: 'RUN', describe: jars.describeRun },
  },
];

/** The route of a request on that cluster, and the values of its names. One that runs an application has none of jars. */
export function routeOf(
  { version, scheduling }: Pick<ClusterOptions, 'version' | 'scheduling'>,
  method: string,
  path: string,
): { route: Route; params: { [name: string]: string } } | undefined {
  const takesPrograms = scheduling.kind !== 'REACTIVE';
  for (const route of routes) {
    if (route.method !== method || compareVersions(version, route.since ?? '0') < 0) continue;
    if (!takesPrograms && route.path.startsWith('/jars')) continue;
    const params = matches(route.path, path);
    if (params !== undefined) return { route, params };
  }
  return undefined;
}

/** The values of a pattern's `:names` if the path fits it. */
export function matches(pattern: string, path: string): { [name: string]: string } | undefined {
  const wanted = pattern.split('/');
  const given = path.split('/');
  if (wanted.length !== given.length) return undefined;
  const params: { [name: string]: string } = {};
  for (const [i, part] of wanted.entries()) {
    const value = given[i] ?? '';
    if (part.startsWith(':')) params[part.slice(1)] = decodeURIComponent(value);
    else if (part !== value) return undefined;
  }
  return params;
}
