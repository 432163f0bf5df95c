import { searchAttributes } from '../../src/contracts/rescale';
import { ProcessExitedError } from '../../src/dev/process';
import { useSimulated } from '../kit/simulated';

/** A worker that cannot start ends with exit code 1, says what is wrong, and the one command that it says mends it. */
const place = useSimulated('worker-start', { workers: 0, env: { WEIR_LOG: 'text' } });

/** What a worker says that does not come up. */
async function refusal(): Promise<string> {
  const error: unknown = await place()
    .addWorker()
    .catch((why: unknown) => why);
  if (!(error instanceof ProcessExitedError)) throw new Error(`it did not end: ${String(error)}`);
  expect(error.message).toContain('exit code 1');
  return error.message;
}

/** Runs the command that the message ends with, as somebody would who copies it. */
async function obey(message: string): Promise<void> {
  const [, commands = ''] = /\nNext: (.*)/.exec(message) ?? [];
  for (const command of commands.split(' && ')) {
    const [program, ...args] = command.split(' ');
    expect(program).toBe('temporal');
    expect(await place().cli(args)).toMatchObject({ code: 0 });
  }
}

const operator = (verb: string, ...flags: string[]) =>
  place().cli(['operator', 'search-attribute', verb, ...flags]);
const remove = (names: readonly string[]) =>
  operator('remove', '--yes', ...names.flatMap((name) => ['--name', name]));
const create = (names: readonly string[], type: string) =>
  operator('create', ...names.flatMap((name) => ['--name', name, '--type', type]));

/** Starts a worker, which must come up, and ends it. */
async function comesUp(): Promise<void> {
  const worker = await place().addWorker();
  await worker.stop();
}

test('search attributes that are missing are registered', async () => {
  await remove(searchAttributes);
  await comesUp();
}, 60_000);

test('one of another type: the worker does not start, and the command that it prints mends it', async () => {
  await remove(['WeirPhase']);
  await create(['WeirPhase'], 'Int');
  const message = await refusal();
  expect(message).toContain('WeirPhase is of type Int');
  await obey(message);
  await comesUp();
}, 60_000);

test('registration that is refused: the worker does not start, says why, and the command to run once it may', async () => {
  await remove(searchAttributes);
  // a namespace has ten keywords
  const others = Array.from({ length: 8 }, (_, n) => `Other${n}`);
  await create(others, 'Keyword');
  const message = await refusal();
  expect(message).toContain('WeirCluster is missing');
  expect(message).toContain('Registering them was refused: ');
  await remove(others);
  await obey(message);
  await comesUp();
}, 60_000);
