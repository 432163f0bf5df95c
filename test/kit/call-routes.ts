import type { Method } from '../campaign/case';

/** The route of each call of the client, as the simulator's faults name them. */
export const callRoutes: Readonly<Record<Method, string>> = {
  config: 'GET /config',
  option: 'GET /jobmanager/config',
  overview: 'GET /overview',
  jobs: 'GET /jobs/overview',
  job: 'GET /jobs/:id',
  jobStatus: 'GET /jobs/:id/status',
  jobConfig: 'GET /jobs/:id/config',
  vertex: 'GET /jobs/:id/vertices/:vertex',
  backpressure: 'GET /jobs/:id/vertices/:vertex/backpressure',
  checkpoints: 'GET /jobs/:id/checkpoints',
  checkpointConfig: 'GET /jobs/:id/checkpoints/config',
  exceptions: 'GET /jobs/:id/exceptions',
  stop: 'POST /jobs/:id/stop',
  savepoint: 'POST /jobs/:id/savepoints',
  savepointOperation: 'GET /jobs/:id/savepoints/:trigger',
  triggerCheckpoint: 'POST /jobs/:id/checkpoints',
  cancel: 'PATCH /jobs/:id',
  disposeSavepoint: 'POST /savepoint-disposal',
  savepointDisposal: 'GET /savepoint-disposal/:trigger',
  jars: 'GET /jars',
  uploadJar: 'POST /jars/upload',
  planJar: 'POST /jars/:jar/plan',
  runJar: 'POST /jars/:jar/run',
};
