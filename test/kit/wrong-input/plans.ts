import { connectClusters, clusterNamed } from '../../../src/activities/cluster';
import { parseConfig } from '../../../src/config';
import type { Observation, ObservedJob, Program } from '../../../src/contracts/observation';
import type { RescaleInput } from '../../../src/contracts/rescale';
import { checkBytes, chooseArtifacts } from '../../../src/planning/artifact';
import type { Sources } from '../../../src/planning/artifact';
import { plan } from '../../../src/planning/plan';
import { message, nextAfter, rejected } from '../../../src/planning/report';
import { ask, at, flinkUrl, jar, jobId, newJar, orders, running, seen } from '../plans';
import { ofPlan } from './case';
import type { WrongInput } from './case';

/** Names of jobs, clusters and jars, and plans that cannot hold: seen while the job runs. */
const wrong =
  (input: Partial<RescaleInput>, job?: ObservedJob, change?: Parameters<typeof seen>[2]) => () => {
    const request = ask(input);
    return ofPlan(request, plan(seen(request, job, change), request));
  };
const found = (input: Partial<RescaleInput>, job: Observation['job']) => wrong(input, undefined, { job });
const live = (id: string, name: string) => ({ id: id.repeat(32), name, state: 'RUNNING' as const });

const job = running(2);
const checkpoint = { kind: 'CHECKPOINT', path: 'file:/data/cp/chk-7', jobId, checkpointId: 7 } as const;
const savepoint = { kind: 'SAVEPOINT', path: 'file:/data/sp/orders/savepoint-1', jobId } as const;
const checkpointing = {
  timeoutMs: 600_000,
  retainedOnFailure: true,
  retainedOnCancel: true,
  unaligned: false,
};
const periodic = { ...checkpointing, intervalMs: 2_000 };
const since = Date.UTC(2026, 0, 2, 3, 4, 5);

const upgrade: Program = {
  ...{ kind: 'READY', jar: newJar, previousJar: jar, previousKnown: true, warnings: [] },
  ...{ vertices: at(orders, 4), previousVertices: at(orders, 2) },
};

const refusedBy = (
  sources: Sources,
  bytes?: { readonly next: string; readonly previous: string },
): Program => {
  const choice = chooseArtifacts(sources);
  if (choice.kind === 'REFUSED') return choice;
  const checked = checkBytes(
    sources,
    { artifact: choice.artifact, sha256: bytes?.next ?? '' },
    { artifact: choice.previous, sha256: bytes?.previous ?? '' },
  );
  if (checked.kind !== 'REFUSED') throw new Error('it was accepted');
  return checked;
};
const ordersJar = { jar: 'orders.jar' };

/** As the look of a rescale at a cluster that weir.yaml does not have. */
function unknownCluster(name: string): string {
  const cluster = (port: number) => ({
    rest: `http://flink:${port}`,
    savepointRoot: 's3://b/sp',
    artifacts: 'jars',
  });
  const clusters = connectClusters(
    parseConfig(JSON.stringify({ clusters: { local: cluster(1), production: cluster(2) } }), 'weir.yaml'),
  );
  const request = { ...ask(), cluster: name };
  try {
    clusterNamed(clusters, name);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return message(
      rejected(
        'InvalidRequest',
        [error.message],
        nextAfter({ taskQueue: 'weir', request, flinkUrl }, { cluster: 'local' }),
      ),
    );
  }
  throw new Error('it was found');
}

export const plans: readonly WrongInput[] = [
  {
    it: 'a cluster that is misspelt',
    said: () => unknownCluster('locl'),
    says: [
      'The request cannot be carried out.',
      '(1) weir.yaml has no cluster "locl"; did you mean "local"? Clusters: local, production',
      'Next: temporal workflow start --fail-existing --task-queue weir --type rescale --workflow-id rescale/local/orders --input \'{"cluster":"local","job":"orders","parallelism":4}\'',
    ],
  },
  {
    it: 'a job that is misspelt',
    said: found({ job: 'order' }, { kind: 'UNKNOWN', live: [live('b', 'orders'), live('c', 'payments')] }),
    says: [
      'The request cannot be carried out.',
      '(1) no live job named "order" on cluster "local"; did you mean "orders"? Live jobs: orders, payments',
      'Next: temporal workflow start --fail-existing --task-queue weir --type rescale --workflow-id rescale/local/orders --input \'{"cluster":"local","job":"orders","parallelism":4}\'',
    ],
  },
  {
    it: 'a job that is like none',
    said: found({ job: 'refunds' }, { kind: 'UNKNOWN', live: [live('b', 'orders')] }),
    says: [
      'The request cannot be carried out.',
      '(1) no live job named "refunds" on cluster "local"; live jobs: orders',
      'Next: see what runs: curl -s http://127.0.0.1:8081/jobs/overview',
    ],
  },
  {
    it: 'a job where none runs',
    said: found({}, { kind: 'UNKNOWN', live: [] }),
    says: [
      'The request cannot be carried out.',
      '(1) no live job named "orders" on cluster "local"; live jobs: none',
      'Next: see what runs: curl -s http://127.0.0.1:8081/jobs/overview',
    ],
  },
  {
    it: 'the id of another job',
    said: found({ jobId: 'd'.repeat(32) }, { kind: 'UNKNOWN', live: [live('b', 'orders')] }),
    says: [
      'The request cannot be carried out.',
      '(1) no live job named "orders" on cluster "local" has the id dddddddddddddddddddddddddddddddd; valid: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb (RUNNING)',
      'Next: temporal workflow start --fail-existing --task-queue weir --type rescale --workflow-id rescale/local/orders --input \'{"cluster":"local","job":"orders","parallelism":4,"jobId":"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"}\'',
    ],
  },
  {
    it: 'a name that two live jobs bear',
    said: found({}, { kind: 'AMBIGUOUS', candidates: [live('b', 'orders'), live('c', 'orders')] }),
    says: [
      'The request cannot be carried out.',
      '(1) 2 live jobs on cluster "local" are named "orders"; pick one with "jobId": bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb (RUNNING), cccccccccccccccccccccccccccccccc (RUNNING)',
      'Next: temporal workflow start --fail-existing --task-queue weir --type rescale --workflow-id rescale/local/orders --input \'{"cluster":"local","job":"orders","parallelism":4,"jobId":"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"}\'',
    ],
  },
  {
    it: 'a savepoint folder elsewhere',
    said: wrong({ savepoint: { directory: 'file:///tmp' } }),
    says: [
      'The request cannot be carried out.',
      '(1) "savepoint.directory" is file:///tmp, which is not below the savepoint root of cluster "local"; valid: a directory below file:///data/sp',
      'Next: temporal workflow start --fail-existing --task-queue weir --type rescale --workflow-id rescale/local/orders --input \'{"cluster":"local","job":"orders","parallelism":4}\'',
    ],
  },
  {
    it: 'more tasks than key groups',
    said: wrong({ parallelism: 200 }, job, { slots: { total: 500, available: 498, onDemand: false } }),
    says: [
      'The job cannot be rescaled like this now.',
      '(1) parallelism 200 is above the maxParallelism 128 of "source", which the job\'s state has fixed; valid: 1 to 128',
      '(2) parallelism 200 is above the maxParallelism 128 of "count", which the job\'s state has fixed; valid: 1 to 128',
      'Next: temporal workflow start --fail-existing --task-queue weir --type rescale --workflow-id rescale/local/orders --input \'{"cluster":"local","job":"orders","parallelism":128}\'',
    ],
  },
  {
    it: 'more tasks than slots',
    said: wrong({ parallelism: 12 }),
    says: [
      'The job cannot be rescaled like this now.',
      '(1) 12 slots are needed and 6 are free beside the 2 that the job gives back: 4 too few of 8; valid: a parallelism of at most 8, or more TaskManagers',
      'Next: temporal workflow start --fail-existing --task-queue weir --type rescale --workflow-id rescale/local/orders --input \'{"cluster":"local","job":"orders","parallelism":8}\'',
    ],
  },
  {
    it: 'a job that restarts',
    said: wrong({}, { ...job, state: 'RESTARTING', newestSnapshot: checkpoint }),
    says: [
      'The job cannot be rescaled like this now.',
      '(1) the job is RESTARTING; a savepoint needs it RUNNING with all its tasks RUNNING; valid: "upgradeStrategy": "STATELESS", which starts it from its newest checkpoint',
      'Next: temporal workflow start --fail-existing --task-queue weir --type rescale --workflow-id rescale/local/orders --input \'{"cluster":"local","job":"orders","parallelism":4,"upgradeStrategy":"STATELESS"}\'',
    ],
  },
  {
    it: 'a task that does not run',
    said: wrong({}, { ...job, vertices: job.vertices.map((one, i) => ({ ...one, ready: i })) }),
    says: [
      'The job cannot be rescaled like this now.',
      '(1) 0 of 2 tasks of "source" are running; a savepoint needs all of them; valid: wait until they do',
      '(2) 1 of 2 tasks of "count" are running; a savepoint needs all of them; valid: wait until they do',
      'Next: see what runs: curl -s http://127.0.0.1:8081/jobs/overview',
    ],
  },
  {
    it: 'a batch job',
    said: wrong({}, { ...job, batch: true }),
    says: [
      'The job cannot be rescaled like this now.',
      '(1) no savepoint can be taken of the job: it is a batch job; valid: let it come to its end',
      'Next: see what runs: curl -s http://127.0.0.1:8081/jobs/overview',
    ],
  },
  {
    it: 'a job that takes no checkpoints',
    said: wrong({}, { ...job, checkpointing }),
    says: [
      'The job cannot be rescaled like this now.',
      '(1) the job takes no checkpoints, so a savepoint that fails half-way would leave nothing to start it from; valid: set execution.checkpointing.interval, or "acknowledgeStateLoss": true if that risk is taken',
      'Next: see what runs: curl -s http://127.0.0.1:8081/jobs/overview',
    ],
  },
  {
    it: 'a stop of somebody else under way',
    said: wrong(
      {},
      { ...job, checkpointing: { ...periodic, underWay: { kind: 'STOP', checkpointId: 9, since } } },
    ),
    says: [
      'The job cannot be rescaled like this now.',
      '(1) a stop with savepoint that Weir did not ask for is in progress (checkpoint 9, since 2026-01-02T03:04:05.000Z), and a second stop would abort it; valid: wait for its end',
      'Next: see what runs: curl -s http://127.0.0.1:8081/jobs/overview',
    ],
  },
  {
    it: 'STATELESS where Flink deletes the checkpoints',
    said: wrong(
      { upgradeStrategy: 'STATELESS' },
      { ...job, newestSnapshot: checkpoint, checkpointing: { ...periodic, retainedOnCancel: false } },
    ),
    says: [
      'The job cannot be rescaled like this now.',
      '(1) Flink deletes the checkpoints of the job when it is cancelled; valid: RETAIN_ON_CANCELLATION as execution.checkpointing.externalized-checkpoint-retention of the job, or "upgradeStrategy": "STATEFUL"',
      'Next: temporal workflow start --fail-existing --task-queue weir --type rescale --workflow-id rescale/local/orders --input \'{"cluster":"local","job":"orders","parallelism":4}\'',
    ],
  },
  {
    it: 'STATELESS before the first checkpoint',
    said: wrong({ upgradeStrategy: 'STATELESS' }),
    says: [
      'The job cannot be rescaled like this now.',
      '(1) the job has no snapshot that it could be started from; valid: wait for its first checkpoint, or "upgradeStrategy": "STATEFUL"',
      'Next: temporal workflow start --fail-existing --task-queue weir --type rescale --workflow-id rescale/local/orders --input \'{"cluster":"local","job":"orders","parallelism":4}\'',
    ],
  },
  {
    it: 'LATEST_SAVEPOINT where there is none',
    said: wrong({ upgradeStrategy: 'STATELESS', restoreStrategy: 'LATEST_SAVEPOINT' }),
    says: [
      'The job cannot be rescaled like this now.',
      '(1) no savepoint of the job is known, neither to Flink nor from the last rescale; valid: "restoreStrategy": "LATEST_STATE", or take one first',
      'Next: temporal workflow start --fail-existing --task-queue weir --type rescale --workflow-id rescale/local/orders --input \'{"cluster":"local","job":"orders","parallelism":4}\'',
    ],
  },
  {
    it: 'LATEST_SAVEPOINT where it is older than the job',
    said: wrong(
      { upgradeStrategy: 'STATELESS', restoreStrategy: 'LATEST_SAVEPOINT' },
      { ...job, newestSavepoint: { snapshot: savepoint, takenByJob: false } },
    ),
    says: [
      'The job cannot be rescaled like this now.',
      '(1) the newest savepoint, file:/data/sp/orders/savepoint-1, is older than the job: all that it has done since its start would have to come from its sources again; valid: "restoreStrategy": "LATEST_STATE", or "acknowledgeStateLoss": true if that is meant',
      'Next: temporal workflow start --fail-existing --task-queue weir --type rescale --workflow-id rescale/local/orders --input \'{"cluster":"local","job":"orders","parallelism":4}\'',
    ],
  },
  {
    it: 'state given up unasked',
    said: wrong({ restoreStrategy: 'NONE' }),
    says: [
      'The job cannot be rescaled like this now.',
      '(1) "restoreStrategy": "NONE" starts the job without its state; valid: "LATEST_STATE", or "acknowledgeStateLoss": true if that is meant',
      'Next: temporal workflow start --fail-existing --task-queue weir --type rescale --workflow-id rescale/local/orders --input \'{"cluster":"local","job":"orders","parallelism":4}\'',
    ],
  },
  {
    it: 'state dropped unasked by another program',
    said: wrong({ allowNonRestoredState: true, artifact: { jar: 'orders-2.jar' } }, job, {
      program: upgrade,
    }),
    says: [
      'The job cannot be rescaled like this now.',
      '(1) "allowNonRestoredState" drops the state of every operator that the new program lacks, and which those are cannot be seen before; valid: false, or "acknowledgeStateLoss": true if that is meant',
      'Next: temporal workflow start --fail-existing --task-queue weir --type rescale --workflow-id rescale/local/orders --input \'{"cluster":"local","job":"orders","parallelism":4,"artifact":{"jar":"orders-2.jar"}}\'',
    ],
  },
  {
    it: 'a job of which nobody knows the jar',
    said: wrong({}, job, { program: refusedBy({ job: 'orders' }) }),
    says: [
      'The job cannot be rescaled like this now.',
      '(1) it is not known which jar job "orders" is made of: the input has no "artifact", no rescale that started it has recorded one, and weir.yaml has no entry for it under "jobs"; valid: "artifact": {"jar": "<a name in the artifact folder>"} in the input, or an entry in weir.yaml',
      'Next: see what runs: curl -s http://127.0.0.1:8081/jobs/overview',
    ],
  },
  {
    it: 'a jar on which weir.yaml and the last rescale differ',
    said: wrong({}, job, {
      program: refusedBy({
        job: 'orders',
        recorded: { jobId, artifact: ordersJar, sha256: 'a' },
        configured: { jar: 'orders-2.jar' },
      }),
    }),
    says: [
      'The job cannot be rescaled like this now.',
      '(1) job "orders" was started with another artifact than weir.yaml has (jar: recorded orders.jar, in weir.yaml orders-2.jar); valid: "artifact" in the input, or weir.yaml as recorded',
      'Next: see what runs: curl -s http://127.0.0.1:8081/jobs/overview',
    ],
  },
  {
    it: 'a jar that was replaced under its name',
    said: wrong({}, job, {
      program: refusedBy(
        { job: 'orders', recorded: { jobId, artifact: ordersJar, sha256: 'a'.repeat(64) } },
        { next: 'b'.repeat(64), previous: 'b'.repeat(64) },
      ),
    }),
    says: [
      'The job cannot be rescaled like this now.',
      '(1) the job was started with orders.jar of sha256 aaaaaaaaaaaaaaaa..., and orders.jar in the artifact folder has bbbbbbbbbbbbbbbb... by now: a roll-back could not start the old job again; valid: the old jar put back under another name, and "previousArtifact" naming it',
      'Next: see what runs: curl -s http://127.0.0.1:8081/jobs/overview',
    ],
  },
  {
    it: 'a parallelism that the program fixes in code',
    said: wrong({}, running(2, [{ id: 'source', maxParallelism: 128, fixed: 2 }]), {
      shapes: [{ id: 'source', maxParallelism: 128, fixed: 2 }],
    }),
    says: [
      'The job cannot be rescaled like this now.',
      '(1) the program would run as it does today whatever parallelism is asked for: it is fixed in code; valid: a jar that leaves the parallelism to the submission',
      'Next: see what runs: curl -s http://127.0.0.1:8081/jobs/overview',
    ],
  },
  {
    it: 'a previous jar that is not what runs',
    said: wrong({}, job, { program: { ...upgrade, previousVertices: at(orders, 3) } }),
    says: [
      'The job cannot be rescaled like this now.',
      '(1) orders.jar is not what runs (vertex source: 3 in the jar, 2 in the job; vertex count: 3 in the jar, 2 in the job), so a roll-back could not start the old job again; valid: "previousArtifact" naming the jar and arguments of the running job',
      'Next: see what runs: curl -s http://127.0.0.1:8081/jobs/overview',
    ],
  },
  {
    it: 'a Flink that is too old',
    said: wrong({}, job, { flinkVersion: '1.14.6' }),
    says: [
      'The job cannot be rescaled like this now.',
      '(1) Flink 1.14.6 knows no trigger ids: should the worker or the connection be lost during the stop, asking again would make a second stop, which aborts the first; valid: Flink 1.15 or newer',
      'Next: see what runs: curl -s http://127.0.0.1:8081/jobs/overview',
    ],
  },
];
