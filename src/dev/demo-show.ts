/** A rescale on the demo's screen: the command, its phases as they are entered, how it ended. */
import type { RescaleInput, RescaleResult } from '../contracts/rescale';
import { asTyped, doing, seconds, timeline, wrapped } from './demo-report';
import { follow, startArgs, startRescale } from './demo-rescale';
import type { Ended, Progress, StartedRescale } from './demo-rescale';
import { CLUSTER, workflowUrl } from './demo-scene';
import type { Scene } from './demo-scene';

type Rescale = Omit<RescaleInput, 'cluster'>;

/** Says the command, gives it, and tells of the rescale until it is over. */
export async function rescale(
  scene: Scene,
  input: Rescale,
): Promise<{ readonly run: StartedRescale; readonly ended: Ended }> {
  const { stack, client, screen } = scene;
  const args = toStart(scene, input);
  screen.say('The demo runs this command:');
  screen.code(...asTyped(args));
  const run = await startRescale(stack, args);
  screen.say(`Watch it: ${workflowUrl(scene, run)}`, '');
  const ended = await follow(client, run, (progress) => screen.say(told(progress)));
  return { run, ended };
}

/** The arguments with which the Temporal CLI starts it here. */
export function toStart({ stack }: Scene, input: Rescale): string[] {
  return startArgs(stack.taskQueue, { cluster: CLUSTER, ...input });
}

/** Says how long each phase took and, where it failed, why. Its result, undefined where it failed. */
export function sayEnd({ screen }: Scene, ended: Ended): RescaleResult | undefined {
  screen.head('Timeline by phase');
  screen.say(...timeline(ended.timings));
  switch (ended.kind) {
    case 'COMPLETED':
      return ended.result;
    case 'FAILED':
      screen.head(`The rescale failed: ${ended.type}`);
      screen.say(...wrapped(ended.message));
      return undefined;
  }
}

function told(progress: Progress): string {
  const since = seconds(progress.sinceMs).padStart(8);
  switch (progress.kind) {
    case 'PHASE':
      return `${since}  ${progress.phase.padEnd(12)}  ${doing[progress.phase]}`;
    case 'TRY_FAILED':
      return `${since}  ${' '.repeat(12)}  try ${progress.n} of ${progress.of} failed`;
  }
}
