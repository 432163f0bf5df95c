import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KnownSavepoint } from '../../src/contracts/observation';
import type { RescaleInput } from '../../src/contracts/rescale';
import type { Snapshot } from '../../src/contracts/snapshot';
import { byHand, stepsOf } from '../../src/planning/by-hand';
import { plan } from '../../src/planning/plan';
import type { Plan } from '../../src/planning/plan';
import { parseRequest } from '../../src/planning/request';
import { ask, at, jobId, newJar, orders, rescale, running, seen } from '../kit/plans';

/** The same by hand: the commands as a shell sees them, and the sentences. */

const checkpoint: Snapshot = { kind: 'CHECKPOINT', path: 'file:/data/cp/chk-7', jobId };
const known: KnownSavepoint = {
  snapshot: { kind: 'SAVEPOINT', path: "file:/data/sp/it's/savepoint-1", jobId },
  takenByJob: true,
};
const job = { ...running(2), newestSnapshot: checkpoint, newestSavepoint: known };
const answered = 'file:/answered by $Flink/savepoint-2';

const stateless = { upgradeStrategy: 'STATELESS' } as const;
const saveThenCancel = { savepoint: { mode: 'SAVEPOINT_THEN_CANCEL' } } as const;
const noState = { restoreStrategy: 'NONE', acknowledgeStateLoss: true } as const;
const latestSavepoint = { restoreStrategy: 'LATEST_SAVEPOINT' } as const;

function planned(input: Partial<RescaleInput>): Plan {
  const request = ask(input);
  return rescale(plan(seen(request, job), request));
}

function resumed(input: Partial<RescaleInput>): Plan {
  const request = ask(input);
  const { id, name, parallelism, vertices } = job;
  const stopped = { id, name, state: 'CANCELED', parallelism, vertices, snapshot: checkpoint } as const;
  const lookup = { kind: 'STOPPED', job: { ...stopped, newestSavepoint: known } } as const;
  const decision = plan(seen(request, job, { job: lookup }), request);
  if (decision.kind !== 'RESUME') throw new Error(`no plan: ${decision.kind}`);
  return decision.plan;
}

/** The words of each call of `flink`, `curl` and `jq`, in order, where all of them answer as they should. */
function callsOf(commands: readonly string[]): string[][] {
  const folder = mkdtempSync(join(tmpdir(), 'weir-by-hand-'));
  const log = join(folder, 'log');
  const program = (name: string, answer: string, before = ':') =>
    `${name}() { ${before}; printf '%s\\0' ${name} "$@" >>"$LOG"; printf '\\n' >>"$LOG"; ${answer}; }`;
  // Both ends of a pipe run at once, and write one log: the second one waits for the end of the first.
  const readsAll = 'cat >/dev/null';
  const script = [
    program('flink', `printf 'Suspending.\\nSavepoint completed. Path: %s\\n' "$ANSWER"`),
    ...[program('curl', 'true'), program('jq', `printf '%s\\n' "$ANSWER"`, readsAll)],
    ...['set -eu', ...commands],
  ].join('\n');
  try {
    const env = { ...process.env, LOG: log, ANSWER: answered };
    const { status, stderr } = spawnSync('sh', ['-c', script], { encoding: 'utf8', env });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const calls = readFileSync(log, 'utf8').split('\n').slice(0, -1);
    return calls.map((call) => call.split('\0').slice(0, -1));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const rest = ['-m', '127.0.0.1:8081'];
const run = (from: readonly string[]) => ['flink', 'run', ...rest, ...from, '-p', '4', '-d', 'orders.jar'];
const cancel = ['flink', 'cancel', ...rest, jobId];
const save = ['flink', 'savepoint', ...rest, '--type', 'canonical', jobId, 'file:///data/sp/orders'];
const stop = [
  ...['flink', 'stop', ...rest, '--type', 'canonical'],
  ...['--savepointPath', 'file:///data/sp/orders', jobId],
];
const curl = ['curl', '-s', `http://127.0.0.1:8081/jobs/${jobId}/checkpoints`];
const jq = [
  ...['jq', '-r'],
  '[.latest.restored, .latest.completed, .latest.savepoint] | map(select(.)) | max_by(.id) | .external_path',
];

test.each<{ of: Partial<RescaleInput>; calls: string[][] }>([
  { of: {}, calls: [stop, run(['-s', answered])] },
  { of: latestSavepoint, calls: [stop, run(['-s', answered])] },
  { of: noState, calls: [stop, run([])] },
  { of: { ...saveThenCancel, ...latestSavepoint }, calls: [save, cancel, run(['-s', answered])] },
  { of: { ...saveThenCancel, ...noState }, calls: [save, cancel, run([])] },
  { of: { ...stateless, ...latestSavepoint }, calls: [cancel, run(['-s', known.snapshot.path])] },
  { of: { ...stateless, ...noState }, calls: [cancel, run([])] },
])('$of', ({ of, calls }) => {
  expect(callsOf(byHand(planned(of), 'http://127.0.0.1:8081'))).toEqual(calls);
});

test.each<{ of: Partial<RescaleInput>; calls: string[][] }>([
  { of: saveThenCancel, calls: [save, cancel] },
  { of: stateless, calls: [cancel] },
])('$of: from the newest of all that Flink knows then', ({ of, calls }) => {
  const seen = callsOf(byHand(planned(of), 'http://127.0.0.1:8081'));
  expect(seen.slice(0, calls.length)).toEqual(calls);
  expect(seen.slice(calls.length, -1)).toEqual([curl, jq]);
  expect(seen.at(-1)).toEqual(run(['-s', answered]));
});

test.each<{ of: Partial<RescaleInput>; from: string[] }>([
  { of: {}, from: ['-s', checkpoint.path] },
  { of: latestSavepoint, from: ['-s', known.snapshot.path] },
  { of: noState, from: [] },
])('a job that is down is only started: $of', ({ of, from }) => {
  expect(callsOf(byHand(resumed(of), 'http://127.0.0.1:8081'))).toEqual([run(from)]);
});

test('an address that is no URL is taken as it is, and a start without state drops none', () => {
  const [command] = byHand(resumed({ ...noState, allowNonRestoredState: true }), 'flink:8081/http://x');
  expect(command).toBe('flink run -m flink:8081/http://x -p 4 -d orders.jar');
});

test('a native savepoint, in a directory with a space, of a cluster behind https', () => {
  const savepoint = { format: 'NATIVE', directory: 'file:///data/sp/my own' } as const;
  const [first] = callsOf(byHand(planned({ savepoint }), 'https://flink:443/x'));
  expect(first).toEqual([
    ...['flink', 'stop', '-m', 'flink:443', '--type', 'native'],
    ...['--savepointPath', 'file:///data/sp/my own', jobId],
  ]);
});

test('another program: its class, its settings, its arguments, and that state may be dropped', () => {
  const artifact = {
    ...{ jar: 'orders-2.jar', entryClass: 'a.B$C', args: ['--say', "it's"] },
    flinkConfiguration: { 'a.b': '1 2' },
  };
  const request = ask({ artifact, allowNonRestoredState: true, acknowledgeStateLoss: true });
  const observation = seen(request, job, {
    program: {
      ...{
        kind: 'READY',
        jar: { ...newJar, artifact },
        previousJar: newJar,
        previousKnown: true,
        warnings: [],
      },
      ...{ vertices: at(orders, 4), previousVertices: at(orders, 2) },
    },
  });
  const calls = callsOf(byHand(rescale(plan(observation, request)), 'http://127.0.0.1:8081'));
  expect(calls.at(-1)).toEqual([
    ...['flink', 'run', ...rest, '-s', answered, '-n', '-p', '4', '-d'],
    ...['-Da.b=1 2', '-c', 'a.B$C', 'orders-2.jar', '--say', "it's"],
  ]);
});

test.each<{ of: Partial<RescaleInput>; says: string[] }>([
  {
    of: {},
    says: [
      `stop with CANONICAL savepoint of job ${jobId} to file:///data/sp/orders`,
      'start orders at parallelism 4 from that savepoint',
    ],
  },
  {
    of: saveThenCancel,
    says: [
      `CANONICAL savepoint of job ${jobId} to file:///data/sp/orders, while it goes on`,
      `cancel job ${jobId}`,
      'start orders at parallelism 4 from its newest snapshot then',
    ],
  },
  {
    of: { ...stateless, ...latestSavepoint },
    says: [
      `cancel job ${jobId}, without a savepoint`,
      'start orders at parallelism 4 from its newest savepoint',
    ],
  },
  {
    of: { ...stateless, ...noState },
    says: [
      `cancel job ${jobId}, without a savepoint`,
      'start orders at parallelism 4 from nothing: without its state',
    ],
  },
])('as sentences: $of', ({ of, says }) => {
  expect(stepsOf(planned(of))).toEqual([...says, 'wait for its first checkpoint']);
});

test('as sentences: a job that is down is only started', () => {
  expect(stepsOf(resumed({}))).toEqual([
    'start orders at parallelism 4 from its newest snapshot then',
    'wait for its first checkpoint',
  ]);
});

describe('of the transitions that are no rescale', () => {
  const artifact = { jar: 'orders.jar' };
  const path = 'file:/data/sp/orders/savepoint-7';
  const at = '-m 127.0.0.1:8081';
  const directory = 'file:///data/sp/orders';

  function of(input: object): Plan {
    const parsed = parseRequest({ job: 'orders', ...input }, 'rescale/local/orders');
    if (parsed.kind !== 'REQUEST') throw new Error(parsed.problems.join('\n'));
    const observed = seen(ask(), job);
    const starts = parsed.request.transition === 'START';
    const decision = plan(
      starts ? { ...observed, job: { kind: 'UNKNOWN', live: [] } } : observed,
      parsed.request,
    );
    if (decision.kind !== 'TRANSITION') throw new Error(decision.kind);
    return decision.plan;
  }

  test.each<{ of: object; says: string[]; commands: string[] }>([
    {
      of: { transition: 'START', parallelism: 4, artifact, startFrom: { path, jobId } },
      says: [
        `prove that job ${jobId} is over`,
        `start orders at parallelism 4 from ${path}`,
        'wait for its first checkpoint',
      ],
      commands: [`flink run ${at} -s ${path} -p 4 -d orders.jar`],
    },
    {
      of: { transition: 'START', parallelism: 4, artifact, restoreStrategy: 'NONE' },
      says: ['start orders at parallelism 4 from nothing: without state', 'wait for its first checkpoint'],
      commands: [`flink run ${at} -p 4 -d orders.jar`],
    },
    {
      of: { transition: 'SUSPEND' },
      says: [`stop with CANONICAL savepoint of job ${jobId} to ${directory}`, 'start nothing'],
      commands: [`flink stop ${at} --type canonical --savepointPath ${directory} ${jobId}`],
    },
    {
      of: { transition: 'SUSPEND', savepoint: { drain: true } },
      says: [`stop with CANONICAL savepoint of job ${jobId} to ${directory}, drained`, 'start nothing'],
      commands: [`flink stop ${at} --type canonical --drain --savepointPath ${directory} ${jobId}`],
    },
    {
      of: { transition: 'CANCEL' },
      says: [`cancel job ${jobId}, without a savepoint`, 'start nothing'],
      commands: [`flink cancel ${at} ${jobId}`],
    },
    {
      of: { transition: 'SAVEPOINT', savepoint: { format: 'NATIVE' } },
      says: [`NATIVE savepoint of job ${jobId} to ${directory}, while it goes on`],
      commands: [`flink savepoint ${at} --type native ${jobId} ${directory}`],
    },
  ])('$of', ({ of: input, says, commands }) => {
    expect(stepsOf(of(input))).toStrictEqual(says);
    expect(byHand(of(input), 'http://127.0.0.1:8081')).toStrictEqual(commands);
  });
});
