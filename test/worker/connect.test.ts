import { connectWithBackOff } from '../../src/worker/connect';
import type { ConnectOptions } from '../../src/worker/connect';
import { StartError } from '../../src/worker/start-error';

/** A Temporal that answers at the n-th try. */
function temporal(answersAt: number) {
  const tries: number[] = [];
  const warnings: { message: string; why: unknown }[] = [];
  const options: ConnectOptions<string> = {
    connect: () => {
      tries.push(tries.length + 1);
      return tries.length >= answersAt ? Promise.resolve('connected') : Promise.reject(new Error('refused'));
    },
    address: 'temporal.example:7233',
    log: { warn: (message, meta) => warnings.push({ message, why: meta?.['why'] }) },
    patienceMs: 60_000,
    pauseMs: 1,
    signal: new AbortController().signal,
  };
  return { tries, warnings, options };
}

test('a Temporal that answers late is waited for; each try that fails is logged, with the pause, which doubles', async () => {
  const { tries, warnings, options } = temporal(4);
  await expect(connectWithBackOff(options)).resolves.toBe('connected');
  expect(tries).toEqual([1, 2, 3, 4]);
  expect(warnings).toEqual(
    ['0.001', '0.002', '0.004'].map((seconds) => ({
      message: `Temporal at temporal.example:7233 does not answer; next try in ${seconds} s`,
      why: 'refused',
    })),
  );
});

test('of what the SDK’s native part says, the message of the system is told', async () => {
  const { warnings, options } = temporal(2);
  let tries = 0;
  const native =
    'tonic::transport::Error(ConnectError("tcp", Os { code: 111, message: "Connection refused" }))';
  const connect = () => (++tries === 1 ? Promise.reject(new Error(native)) : Promise.resolve('connected'));
  await connectWithBackOff({ ...options, connect });
  expect(warnings).toMatchObject([{ why: 'Connection refused' }]);
});

test('one that never answers is given up: what to check, and one command to run next', async () => {
  const { tries, options } = temporal(Infinity);
  const failed = connectWithBackOff({ ...options, patienceMs: 50 });
  await expect(failed).rejects.toBeInstanceOf(StartError);
  await expect(failed).rejects.toThrow(/did not answer in 0.05 s \(\d+ tries\): refused/);
  await expect(failed).rejects.toThrow('TEMPORAL_ADDRESS');
  await expect(failed).rejects.toThrow(
    /\nNext: temporal operator cluster health --address temporal.example:7233$/,
  );
  expect(tries.length).toBeGreaterThan(1);
});

test('whoever ends the worker meanwhile does not wait: neither for the pause nor for the try under way', async () => {
  const pausing = new AbortController();
  const { options, tries } = temporal(2);
  const log = { warn: () => pausing.abort() };
  const paused = connectWithBackOff({ ...options, log, pauseMs: 30_000, signal: pausing.signal });
  expect(await paused.catch((why: unknown) => why)).toBe(pausing.signal.reason);
  expect(tries).toEqual([1]);

  const hanging = new AbortController();
  const connect = () => {
    hanging.abort();
    return new Promise<string>(() => undefined);
  };
  const hung = connectWithBackOff({ ...options, connect, signal: hanging.signal });
  expect(await hung.catch((why: unknown) => why)).toBe(hanging.signal.reason);
});
