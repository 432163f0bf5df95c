import { freePort } from '../../src/dev/ports';
import { until } from '../../src/dev/until';
import { sampled } from '../kit/scrape';
import { endOf, historyOf, rescale, startRescale } from '../kit/rescale';
import type { Ended } from '../kit/rescale';
import { startSimulated } from '../kit/simulated';
import type { Simulated } from '../kit/simulated';
import { refused } from '../kit/starts';
import { liveJobs, signal, succeeded, untilPhase } from '../kit/watch';
import { Webhook } from '../kit/webhook';
import type { Manner } from '../kit/webhook';

/** What a worker tells of itself and of its rescales: metrics, health, log and webhook, after one run of each kind. */
const rolledBack: Readonly<Record<string, Manner>> = {
  back: 'ACCEPTS',
  unsure: 'REFUSES_ONCE',
  hangs: 'HANGS',
  down: 'DROPS',
};
const secret = 'bearer-secret';

let place: Simulated;
let webhook: Webhook;
let ports: { readonly health: number; readonly metrics: number };
const ended = new Map<string, Ended>();
/** The gauge while a run was in ATTENTION. */
let gaugeInAttention: number | undefined;

const get = async (port: number, path: string) => {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`);
  return { status: answer.status, text: (await answer.text()).trim() };
};
const sample = async (name: string, labels: Record<string, string> = {}) =>
  sampled((await get(ports.metrics, '/metrics')).text, name, labels);
const endedAs = (job: string): Ended => {
  const end = ended.get(job);
  if (end === undefined) throw new Error(`the rescale of ${job} has not ended`);
  return end;
};

async function run(job: string, input: object = {}): Promise<void> {
  place.flink.startJob({ name: job, parallelism: 2 });
  ended.set(job, await rescale(place, { job, parallelism: 4, maxJobCreationAttempts: 1, ...input }));
}

async function runStuck(): Promise<void> {
  const { flink } = place;
  flink.script({ job: 'stuck', starts: Array.from({ length: 20 }, () => refused) });
  flink.startJob({ name: 'stuck', parallelism: 2 });
  const workflowId = await startRescale(place, { job: 'stuck', parallelism: 4, maxJobCreationAttempts: 1 });
  await untilPhase(place, workflowId, 'ATTENTION');
  gaugeInAttention = await until(async () => (await sample('weir_attention')) || undefined, {
    what: 'the gauge to rise',
    deadlineMs: 60_000,
  });
  await signal(place, workflowId, 'giveUp');
  ended.set('stuck', await endOf(place, workflowId));
}

beforeAll(async () => {
  webhook = await Webhook.start();
  ports = { health: await freePort(), metrics: await freePort() };
  place = await startSimulated('worker', {
    jobs: ['scaled', 'kept', 'stuck', 'last', ...Object.keys(rolledBack)],
    flink: { slots: 200 },
    env: { WEBHOOK_SECRET: secret, WEIR_LOG: 'json' },
    worker: {
      health: { port: ports.health },
      metrics: { port: ports.metrics },
      webhook: { url: webhook.url, access: { bearer: { env: 'WEBHOOK_SECRET' } } },
    },
  });
  const { flink } = place;
  flink.script({ job: 'scaled', stops: [{ kind: 'REFUSED' }] });
  flink.script({ job: 'kept', stops: [{ kind: 'REFUSED' }] });
  for (const [job, manner] of Object.entries(rolledBack)) {
    webhook.behave(job, manner);
    flink.script({ job, starts: [refused] });
  }
  await Promise.all([
    run('scaled'),
    run('kept', { maxSavepointCreationAttempts: 1 }),
    ...Object.keys(rolledBack).map((job) => run(job)),
    runStuck(),
    rescale(place, { cluster: 'nowhere', job: 'scaled', parallelism: 4 }),
  ]);
}, 600_000);

afterAll(async () => {
  await place.stop();
  webhook.stop();
}, 60_000);

describe('a webhook', () => {
  test('is told of RolledBack once: what happened, whose run it was, where the state is; with the credential', () => {
    const end = endedAs('back');
    if (end.status !== 'FAILED') throw new Error('it was not rolled back');
    expect(webhook.of('back')).toMatchObject([
      {
        notice: {
          ...{ type: 'RolledBack', cluster: 'local', job: 'back', workflowId: 'rescale/local/back' },
          ...{ runId: expect.stringMatching(/^[0-9a-f-]{36}$/), message: end.message },
          snapshot: { kind: 'SAVEPOINT', path: expect.stringContaining('/back/') },
        },
        headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
      },
    ]);
  });

  test('is told of ATTENTION once, with what an operator may do, then of JobDown once', () => {
    const told = webhook.of('stuck').map(({ notice }) => notice);
    expect(told.map(({ type }) => type)).toEqual(['ATTENTION', 'JobDown']);
    expect(told[0]?.message).toContain('stuck could not be started again');
    expect(told[0]?.message).toContain('--workflow-id rescale/local/stuck --name giveUp');
    expect(told[1]?.message).toContain('no job named stuck runs');
  });

  test('is told of nothing else: nothing is scheduled for it', async () => {
    expect(webhook.told.filter(({ notice }) => ['scaled', 'kept'].includes(notice.job))).toEqual([]);
    expect(await notifications('rescale/local/kept')).toEqual([]);
  });

  test('that refuses is told again', () => {
    expect(webhook.of('unsure').map(({ notice }) => notice.type)).toEqual(['RolledBack', 'RolledBack']);
  });

  test.each(['hangs', 'down'])('that %s changes nothing: the job runs before it is told', async (job) => {
    expect(endedAs(job)).toMatchObject({ status: 'FAILED', type: 'RolledBack' });
    const [live] = liveJobs(place.flink, job);
    expect(live).toMatchObject({ parallelism: 2, state: 'RUNNING' });
    const started = place.flink.effects.find(
      (effect) => effect.kind === 'STARTED' && effect.jobId === live?.id,
    );
    expect(webhook.of(job).length).toBeGreaterThan(1);
    expect(webhook.of(job)[0]?.at).toBeGreaterThanOrEqual(started?.at ?? Infinity);
    // what Temporal holds the run up for, at most
    expect(await notifications(`rescale/local/${job}`)).toEqual(['10s']);
  });

  /** The bound of each notice in a history. */
  async function notifications(workflowId: string): Promise<(string | undefined)[]> {
    return (await historyOf(place, workflowId)).flatMap(
      ({ activityTaskScheduledEventAttributes: scheduled }) =>
        scheduled?.activityType.name === 'notify' ? [scheduled.scheduleToCloseTimeout] : [],
    );
  }
});

describe('/metrics', () => {
  test.each([
    ['local', 'RESCALED', 1],
    ['local', 'RolledBack', Object.keys(rolledBack).length],
    ['local', 'SavepointFailed', 1],
    ['local', 'JobDown', 1],
    // what somebody typed makes no label
    ['', 'InvalidRequest', 1],
  ])('counts rescales by cluster and outcome: cluster "%s", %s', async (cluster, outcome, count) => {
    await expect(sample('weir_rescales_total', { cluster, outcome })).resolves.toBe(count);
  });

  test('begins each counter at 0, so that the first one of a kind is an increase; and has no second series of it', async () => {
    await expect(
      sample('weir_rescales_total', { cluster: 'local', outcome: 'AnotherJobRuns' }),
    ).resolves.toBe(0);
    const { text } = await get(ports.metrics, '/metrics');
    expect(text.match(/^weir_rescales_total\{.*outcome="RESCALED"/gm)).toHaveLength(1);
    expect(text.match(/^weir_savepoint_tries_total\{.*result="failed"/gm)).toHaveLength(1);
  });

  test('has the downtime of a rescale and of a roll-back, in seconds', async () => {
    const { downtimeMs } = succeeded(endedAs('scaled'));
    const total = await sample('weir_downtime_seconds_sum', { cluster: 'local', outcome: 'RESCALED' });
    expect(total).toBeCloseTo((downtimeMs?.total ?? 0) / 1_000, 6);
    for (const [outcome, count] of [
      ['RESCALED', 1],
      ['RolledBack', Object.keys(rolledBack).length],
    ] as const) {
      await expect(sample('weir_downtime_seconds_count', { outcome })).resolves.toBe(count);
      await expect(sample('weir_downtime_seconds_bucket', { outcome, le: '7200' })).resolves.toBe(count);
    }
  });

  test('counts tries of a savepoint by what Flink answered', async () => {
    const tries = (result: string) => sample('weir_savepoint_tries_total', { cluster: 'local', result });
    await expect(tries('failed')).resolves.toBe(2);
    // one of each run that was stopped: all but `kept`
    await expect(tries('completed')).resolves.toBe(ended.size - 1);
  });

  test('says how many runs are in ATTENTION now: one while one was, none after it', async () => {
    expect(gaugeInAttention).toBe(1);
    await until(async () => (await sample('weir_attention', { cluster: 'local' })) === 0, {
      what: 'the gauge to fall',
      deadlineMs: 60_000,
    });
  });

  test('has Temporal’s own beside them', async () => {
    expect(await sample('temporal_workflow_failed_total')).toBeGreaterThan(0);
    expect(await sample('temporal_sticky_cache_size')).toBeDefined();
    expect(await sample('temporal_activity_execution_latency_seconds_count')).toBeGreaterThan(0);
  });
});

describe('the log', () => {
  const lines = () =>
    place.worker.current
      .output()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);

  test('is JSON, a line an event, with workflow id, run id, cluster, job and snapshot', () => {
    const back = lines().filter(({ workflowId }) => workflowId === 'rescale/local/back');
    for (const line of back) {
      const runId = expect.stringMatching(/^[0-9a-f-]{36}$/);
      expect(line).toMatchObject({ cluster: 'local', job: 'back', runId, level: expect.any(String) });
    }
    const phases = back.filter(({ message }) => message === 'phase');
    expect(phases.map(({ phase }) => phase)).toEqual([
      ...['PLANNING', 'SAVEPOINTING', 'STOPPING', 'RESTARTING', 'ROLLING_BACK'],
    ]);
    expect(phases.at(-1)).toMatchObject({ snapshot: expect.stringContaining('/back/') });
    expect(back).toContainEqual(expect.objectContaining({ message: 'ended', outcome: 'RolledBack' }));
    expect(back).toContainEqual(expect.objectContaining({ activity: 'restart', level: 'WARN' }));
  });

  test('tells the resolved targets first, and a webhook that is not told; no secret', () => {
    const messages = lines().map(({ message }) => String(message));
    const { address } = place.temporal;
    expect(messages[0]).toBe(`Temporal ${address}, namespace default, TLS no, task queue ${place.taskQueue}`);
    expect(messages).toContain(`webhook ${new URL(webhook.url).host} (bearer)`);
    expect(messages).toContain('the webhook was not told');
    const log = place.worker.current.output();
    for (const hidden of [secret, 'path-secret']) expect(log).not.toContain(hidden);
  });
});

test('no secret is in a history, in the metrics or in a message', async () => {
  const shown = [
    ...ended.values(),
    await historyOf(place, 'rescale/local/hangs'),
    await historyOf(place, 'rescale/local/down'),
    (await get(ports.metrics, '/metrics')).text,
  ];
  for (const hidden of [secret, 'path-secret']) expect(JSON.stringify(shown)).not.toContain(hidden);
});

describe('health', () => {
  const untilStatus = async (status: number) => {
    const ready = await get(ports.health, '/readyz');
    return ready.status === status && ready;
  };

  test('a worker that polls is alive and ready', async () => {
    await expect(get(ports.health, '/healthz')).resolves.toEqual({ status: 200, text: 'alive' });
    await expect(get(ports.health, '/readyz')).resolves.toEqual({ status: 200, text: 'polling' });
    await expect(get(ports.health, '/')).resolves.toEqual({ status: 404, text: 'valid: /healthz, /readyz' });
  });

  test('without Temporal it is alive, and not ready until Temporal is back', async () => {
    place.temporal.service.current.pause();
    const unready = await until(() => untilStatus(503), { what: 'the worker to notice', deadlineMs: 30_000 });
    expect(unready.text).toBe(`Temporal at ${place.temporal.address} does not answer`);
    await expect(get(ports.health, '/healthz')).resolves.toMatchObject({ status: 200 });
    place.temporal.service.current.resume();
    await until(() => untilStatus(200), { what: 'the worker to be ready again', deadlineMs: 30_000 });
  }, 60_000);

  test('a worker that lets its activities end is alive and not ready', async () => {
    const { flink } = place;
    flink.startJob({ name: 'last', parallelism: 2 });
    const hold = flink.hold('GET /jars', 'BEFORE');
    const workflowId = await startRescale(place, { job: 'last', parallelism: 4 });
    await hold.arrived;
    const stopped = place.worker.stop();
    const shuttingDown = await until(() => untilStatus(503), {
      ...{ what: 'the worker not to be ready', deadlineMs: 30_000, pollMs: 10 },
    });
    expect(shuttingDown.text).toBe('shutting down');
    await expect(get(ports.health, '/healthz')).resolves.toMatchObject({ status: 200 });
    hold.release();
    await stopped;
    await place.cli(['workflow', 'terminate', '--workflow-id', workflowId]);
  }, 60_000);
});
