import { startStack, type Stack, type StackOptions } from '../../src/dev/stack';

/** The first start on a machine downloads; later ones take about 10 s. */
const START_MS = 10 * 60_000;
const STOP_MS = 60_000;

type Options = Omit<StackOptions, 'name'>;

/**
 * Starts a stack before the tests of this file and ends it after them. `name` is its folder below `.weir/runs`, and its
 * task queue is its own; `options` may be a function that builds what the stack needs first. Returns a function that
 * gives the stack once it is started.
 */
export function useStack(name: string, options: Options | (() => Promise<Options>) = {}): () => Stack {
  let stack: Stack | undefined;
  beforeAll(async () => {
    const given = typeof options === 'function' ? await options() : options;
    const worker = given.worker === false ? false : { taskQueue: `weir-${name}`, ...given.worker };
    stack = await startStack({ temporal: { headless: true }, ...given, worker, name });
  }, START_MS);
  afterAll(async () => {
    await stack?.stop();
  }, STOP_MS);
  return () => {
    if (!stack) throw new Error('the stack is there only while a test runs');
    return stack;
  };
}
