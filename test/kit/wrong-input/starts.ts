import { ofStart } from './case';
import type { WrongInput } from './case';

/** The input of a rescale, and the id that it is started under. */
const valid = { job: 'orders', parallelism: 8 };
const wrong = (change: object) => () => ofStart({ ...valid, ...change }, 'rescale/local/orders');
const raw =
  (input: unknown, id = 'rescale/local/orders') =>
  () =>
    ofStart(input, id);

export const starts: readonly WrongInput[] = [
  {
    it: 'a field that is misspelt',
    said: raw({ job: 'orders', paralelism: 8 }),
    says: [
      'The request cannot be carried out.',
      '(1) unknown field "paralelism"; did you mean "parallelism"? Valid fields: cluster, job, jobId, parallelism, transition, upgradeStrategy, restoreStrategy, allowNonRestoredState, acknowledgeStateLoss, artifact, previousArtifact, savepoint, maxSavepointCreationAttempts, maxJobCreationAttempts, timeouts, mechanism, ifNotReached, dryRun, reason',
      'Next: temporal workflow start --fail-existing --task-queue weir --type rescale --workflow-id rescale/local/orders --input \'{"job":"orders","parallelism":8}\'',
    ],
  },
  {
    it: 'a field that is like none',
    said: wrong({ verbose: true }),
    says: [
      'The request cannot be carried out.',
      '(1) unknown field "verbose"; valid fields: cluster, job, jobId, parallelism, transition, upgradeStrategy, restoreStrategy, allowNonRestoredState, acknowledgeStateLoss, artifact, previousArtifact, savepoint, maxSavepointCreationAttempts, maxJobCreationAttempts, timeouts, mechanism, ifNotReached, dryRun, reason',
      'Next: temporal workflow start --fail-existing --task-queue weir --type rescale --workflow-id rescale/local/orders --input \'{"job":"orders","parallelism":8}\'',
    ],
  },
  {
    it: 'a misspelt field of an object',
    said: wrong({ savepoint: { formt: 'NATIVE' } }),
    says: [
      'The request cannot be carried out.',
      '(1) unknown field "savepoint.formt"; did you mean "format"? Valid fields: format, mode, directory, keep',
      'Next: temporal workflow start --fail-existing --task-queue weir --type rescale --workflow-id rescale/local/orders --input \'{"job":"orders","parallelism":8,"savepoint":{"format":"NATIVE"}}\'',
    ],
  },
  {
    it: 'a drain',
    said: wrong({ savepoint: { drain: true } }),
    says: [
      'The request cannot be carried out.',
      '(1) "savepoint.drain" is refused: a drain ends all windows as if there were no more input, which is for retiring a job; a rescale never drains, so leave it out',
      'Next: temporal workflow start --fail-existing --task-queue weir --type rescale --workflow-id rescale/local/orders --input \'{"job":"orders","parallelism":8,"savepoint":{}}\'',
    ],
  },
  {
    it: 'no parallelism',
    said: raw({ job: 'orders' }),
    says: [
      'The request cannot be carried out.',
      '(1) "parallelism" is missing; it must be a whole number from 1 to 32768',
      'Next: temporal workflow start --fail-existing --task-queue weir --type rescale --workflow-id rescale/local/orders --input \'{"job":"orders","parallelism":"<a whole number from 1 to 32768>"}\'',
    ],
  },
  {
    it: 'a number in quotes',
    said: wrong({ parallelism: '8' }),
    says: [
      'The request cannot be carried out.',
      '(1) "parallelism" is "8"; it must be a whole number from 1 to 32768',
      'Next: temporal workflow start --fail-existing --task-queue weir --type rescale --workflow-id rescale/local/orders --input \'{"job":"orders","parallelism":8}\'',
    ],
  },
  {
    it: 'a parallelism of 0',
    said: wrong({ parallelism: 0 }),
    says: [
      'The request cannot be carried out.',
      '(1) "parallelism" is 0; it must be a whole number from 1 to 32768',
      'Next: temporal workflow start --fail-existing --task-queue weir --type rescale --workflow-id rescale/local/orders --input \'{"job":"orders","parallelism":"<a whole number from 1 to 32768>"}\'',
    ],
  },
  {
    it: 'a parallelism above what Flink takes',
    said: wrong({ parallelism: 40_000 }),
    says: [
      'The request cannot be carried out.',
      '(1) "parallelism" is 40000; it must be a whole number from 1 to 32768',
      'Next: temporal workflow start --fail-existing --task-queue weir --type rescale --workflow-id rescale/local/orders --input \'{"job":"orders","parallelism":"<a whole number from 1 to 32768>"}\'',
    ],
  },
  {
    it: 'half a task',
    said: wrong({ parallelism: 2.5 }),
    says: [
      'The request cannot be carried out.',
      '(1) "parallelism" is 2.5; it must be a whole number from 1 to 32768',
      'Next: temporal workflow start --fail-existing --task-queue weir --type rescale --workflow-id rescale/local/orders --input \'{"job":"orders","parallelism":"<a whole number from 1 to 32768>"}\'',
    ],
  },
  {
    it: 'a misspelt strategy',
    said: wrong({ upgradeStrategy: 'STATELES' }),
    says: [
      'The request cannot be carried out.',
      '(1) "upgradeStrategy" is "STATELES"; it must be "STATEFUL" or "STATELESS"; did you mean "STATELESS"?',
      'Next: temporal workflow start --fail-existing --task-queue weir --type rescale --workflow-id rescale/local/orders --input \'{"job":"orders","parallelism":8,"upgradeStrategy":"STATELESS"}\'',
    ],
  },
  {
    it: 'a strategy of another system',
    said: wrong({ restoreStrategy: 'FROM_SCRATCH' }),
    says: [
      'The request cannot be carried out.',
      '(1) "restoreStrategy" is "FROM_SCRATCH"; it must be "LATEST_STATE" or "LATEST_SAVEPOINT" or "NONE"',
      'Next: temporal workflow start --fail-existing --task-queue weir --type rescale --workflow-id rescale/local/orders --input \'{"job":"orders","parallelism":8}\'',
    ],
  },
  {
    it: 'a mechanism that there is not',
    said: wrong({ mechanism: 'SAVEPOINT' }),
    says: [
      'The request cannot be carried out.',
      '(1) "mechanism" is "SAVEPOINT"; it must be "RESTART" or "IN_PLACE" or "REACTIVE" or "AUTO"',
      'Next: temporal workflow start --fail-existing --task-queue weir --type rescale --workflow-id rescale/local/orders --input \'{"job":"orders","parallelism":8}\'',
    ],
  },
  {
    it: 'a job id that is none',
    said: wrong({ jobId: 'orders-1' }),
    says: [
      'The request cannot be carried out.',
      '(1) "jobId" is "orders-1"; it must be a Flink job id: 32 hex digits',
      'Next: temporal workflow start --fail-existing --task-queue weir --type rescale --workflow-id rescale/local/orders --input \'{"job":"orders","parallelism":8,"jobId":"<a Flink job id: 32 hex digits>"}\'',
    ],
  },
  {
    it: 'a jar without its object',
    said: wrong({ artifact: 'orders.jar' }),
    says: [
      'The request cannot be carried out.',
      '(1) "artifact" is "orders.jar"; it must be an object such as {"jar": "orders.jar"}',
      'Next: temporal workflow start --fail-existing --task-queue weir --type rescale --workflow-id rescale/local/orders --input \'{"job":"orders","parallelism":8,"artifact":"<an object such as {\\"jar\\": \\"orders.jar\\"}>"}\'',
    ],
  },
  {
    it: 'arguments that are no list',
    said: wrong({ artifact: { jar: 'a.jar', args: '--fast' } }),
    says: [
      'The request cannot be carried out.',
      '(1) "artifact.args" is "--fast"; it must be a list of strings',
      'Next: temporal workflow start --fail-existing --task-queue weir --type rescale --workflow-id rescale/local/orders --input \'{"job":"orders","parallelism":8,"artifact":{"jar":"a.jar","args":"<a list of strings>"}}\'',
    ],
  },
  {
    it: 'a setting that is no string',
    said: wrong({ artifact: { jar: 'a.jar', flinkConfiguration: { 'parallelism.default': 3 } } }),
    says: [
      'The request cannot be carried out.',
      '(1) "artifact.flinkConfiguration.parallelism.default" is 3; it must be a string',
      'Next: temporal workflow start --fail-existing --task-queue weir --type rescale --workflow-id rescale/local/orders --input \'{"job":"orders","parallelism":8,"artifact":{"jar":"a.jar","flinkConfiguration":{"parallelism.default":"<a string>"}}}\'',
    ],
  },
  {
    it: 'a time-out in words',
    said: wrong({ timeouts: { restart: '10 min' } }),
    says: [
      'The request cannot be carried out.',
      '(1) "timeouts.restart" is "10 min"; it must be a whole number of milliseconds, at least 1',
      'Next: temporal workflow start --fail-existing --task-queue weir --type rescale --workflow-id rescale/local/orders --input \'{"job":"orders","parallelism":8,"timeouts":{"restart":"<a whole number of milliseconds, at least 1>"}}\'',
    ],
  },
  {
    it: 'no tries at all',
    said: wrong({ maxSavepointCreationAttempts: 0 }),
    says: [
      'The request cannot be carried out.',
      '(1) "maxSavepointCreationAttempts" is 0; it must be a whole number, at least 1',
      'Next: temporal workflow start --fail-existing --task-queue weir --type rescale --workflow-id rescale/local/orders --input \'{"job":"orders","parallelism":8,"maxSavepointCreationAttempts":"<a whole number, at least 1>"}\'',
    ],
  },
  {
    it: 'a truth value that is none',
    said: wrong({ dryRun: 'yes' }),
    says: [
      'The request cannot be carried out.',
      '(1) "dryRun" is "yes"; it must be true or false',
      'Next: temporal workflow start --fail-existing --task-queue weir --type rescale --workflow-id rescale/local/orders --input \'{"job":"orders","parallelism":8,"dryRun":"<true or false>"}\'',
    ],
  },
  {
    it: 'an empty name',
    said: wrong({ job: '' }),
    says: [
      'The request cannot be carried out.',
      '(1) "job" is ""; it must not be empty',
      'Next: temporal workflow start --fail-existing --task-queue weir --type rescale --workflow-id rescale/local/orders --input \'{"job":"orders","parallelism":8}\'',
    ],
  },
  {
    it: 'no input',
    said: raw(undefined),
    says: [
      'The request cannot be carried out.',
      '(1) the input is missing; it must be an object such as {"job": "orders", "parallelism": 8}',
      'Next: temporal workflow start --fail-existing --task-queue weir --type rescale --workflow-id rescale/local/orders --input \'{"job":"orders","parallelism":"<a whole number from 1 to 32768>"}\'',
    ],
  },
  {
    it: 'a list',
    said: raw([valid]),
    says: [
      'The request cannot be carried out.',
      '(1) the input is [{"job":"orders","parallelism":8}]; it must be an object such as {"job": "orders", "parallelism": 8}',
      'Next: temporal workflow start --fail-existing --task-queue weir --type rescale --workflow-id rescale/local/orders --input \'{"job":"orders","parallelism":"<a whole number from 1 to 32768>"}\'',
    ],
  },
  {
    it: 'the bare name of the job',
    said: raw('orders'),
    says: [
      'The request cannot be carried out.',
      '(1) the input is "orders"; it must be an object such as {"job": "orders", "parallelism": 8}',
      'Next: temporal workflow start --fail-existing --task-queue weir --type rescale --workflow-id rescale/local/orders --input \'{"job":"orders","parallelism":"<a whole number from 1 to 32768>"}\'',
    ],
  },
  {
    it: 'several mistakes at once',
    said: raw({ job: 'orders', paralelism: '8', mechanism: 'SAVEPOINT' }, 'orders'),
    says: [
      'The request cannot be carried out.',
      '(1) "mechanism" is "SAVEPOINT"; it must be "RESTART" or "IN_PLACE" or "REACTIVE" or "AUTO"',
      '(2) unknown field "paralelism"; did you mean "parallelism"? Valid fields: cluster, job, jobId, parallelism, transition, upgradeStrategy, restoreStrategy, allowNonRestoredState, acknowledgeStateLoss, artifact, previousArtifact, savepoint, maxSavepointCreationAttempts, maxJobCreationAttempts, timeouts, mechanism, ifNotReached, dryRun, reason',
      '(3) the workflow id is "orders", but it is the lock of the job and must be "rescale/CLUSTER/orders", where CLUSTER is its name in weir.yaml',
      'Next: temporal workflow start --fail-existing --task-queue weir --type rescale --workflow-id rescale/CLUSTER/orders --input \'{"job":"orders","parallelism":8}\'',
    ],
  },
  {
    it: 'a workflow id of one’s own',
    said: raw({ ...valid, cluster: 'local' }, 'scale-orders'),
    says: [
      'The request cannot be carried out.',
      '(1) the workflow id is "scale-orders", but it is the lock of the job and must be "rescale/local/orders"',
      'Next: temporal workflow start --fail-existing --task-queue weir --type rescale --workflow-id rescale/local/orders --input \'{"job":"orders","parallelism":8,"cluster":"local"}\'',
    ],
  },
  {
    it: 'a workflow id without the cluster',
    said: raw(valid, 'rescale/orders'),
    says: [
      'The request cannot be carried out.',
      '(1) the workflow id is "rescale/orders", but it is the lock of the job and must be "rescale/CLUSTER/orders", where CLUSTER is its name in weir.yaml',
      'Next: temporal workflow start --fail-existing --task-queue weir --type rescale --workflow-id rescale/CLUSTER/orders --input \'{"job":"orders","parallelism":8}\'',
    ],
  },
  {
    it: 'the workflow id of another job',
    said: raw(valid, 'rescale/local/payments'),
    says: [
      'The request cannot be carried out.',
      '(1) the workflow id is "rescale/local/payments", but it is the lock of the job and must be "rescale/local/orders"',
      'Next: temporal workflow start --fail-existing --task-queue weir --type rescale --workflow-id rescale/local/orders --input \'{"job":"orders","parallelism":8}\'',
    ],
  },
  {
    it: 'a workflow id that is not percent-encoded',
    said: raw({ ...valid, job: 'daily report' }, 'rescale/local/daily report'),
    says: [
      'The request cannot be carried out.',
      '(1) the workflow id is "rescale/local/daily report", but it is the lock of the job and must be "rescale/local/daily%20report"',
      'Next: temporal workflow start --fail-existing --task-queue weir --type rescale --workflow-id rescale/local/daily%20report --input \'{"job":"daily report","parallelism":8}\'',
    ],
  },
  {
    it: 'an input of which the right one is too long for a message',
    said: wrong({
      parallelism: 0,
      artifact: { jar: 'a.jar', args: Array.from({ length: 100 }, (_, i) => `--argument-${i}`) },
    }),
    says: [
      'The request cannot be carried out.',
      '(1) "parallelism" is 0; it must be a whole number from 1 to 32768',
      'Next: with the input, corrected, in input.json: temporal workflow start --fail-existing --task-queue weir --type rescale --workflow-id rescale/local/orders --input-file input.json',
    ],
  },
];
