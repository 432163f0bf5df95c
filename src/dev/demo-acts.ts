/** What the demo shows of rescales: one that works, one that cannot, and what a person may try afterwards. */
import { writeFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rescaleInputSchema, statusQuery, steeringNames } from '../contracts/rescale';
import { rescaleWorkflowId } from '../planning/ids';
import { describe } from './checker';
import { asTyped, downtime, wrapped } from './demo-report';
import { CLUSTER, jobUrl, judge, proofOf, runsAlone, sayPreparations, workflowUrl } from './demo-scene';
import type { Proof, Scene } from './demo-scene';
import { rescale, sayEnd, toStart } from './demo-show';
import { projectDir } from './paths';

/** First act: 2 -> 4, by RESTART. */
export async function rescaleWorks(scene: Scene): Promise<Proof[]> {
  const { orders, screen } = scene;
  screen.title('1. A running job goes from 2 to 4');
  sayPreparations(scene);
  const { run, ended } = await rescale(scene, { job: orders.name, parallelism: 4 });
  const result = sayEnd(scene, ended);
  if (result === undefined) return [{ claim: 'the rescale from 2 to 4 came to its end', holds: false }];

  const { outcome, from, to, downtimeMs } = result;
  const verdict = await judge(scene, ended);
  if (downtimeMs !== undefined) {
    screen.head('Downtime');
    screen.say(...downtime(downtimeMs, verdict));
  }
  screen.head("What the job's own output says");
  screen.say(`${verdict.records} records so far: ${describe(verdict)}`);
  screen.head('Look at it');
  screen.say(`this workflow  ${workflowUrl(scene, run)}`);
  if (to !== undefined) screen.say(`the job        ${jobUrl(scene, to)}`);
  return [
    {
      claim: 'Weir took the job from parallelism 2 to 4',
      holds: outcome === 'RESCALED' && from?.parallelism === 2 && to?.parallelism === 4,
    },
    {
      claim: 'Flink has one job of this name, RUNNING at 4',
      holds: to !== undefined && (await runsAlone(orders, to)),
    },
    proofOf('over the rescale', verdict),
  ];
}

/** Third act: 6 -> 2 with a savepoint that cannot be written. The job must not notice. */
export async function rescaleFails(scene: Scene): Promise<Proof[]> {
  const { orders, screen, stack } = scene;
  screen.title('3. A rescale that cannot work leaves the job as it was');
  const [before] = await orders.live();
  if (before === undefined) throw new Error(`${orders.name} does not run`);
  const directory = `${stack.flink.savepointRoot}/blocked`;
  const blocked = fileURLToPath(directory);
  await writeFile(blocked, 'No savepoint fits below a regular file.\n');
  screen.say(`Its savepoint is to go below a regular file, ${relative(projectDir, blocked)}.`);
  const input = { job: orders.name, parallelism: 2, savepoint: { directory } };
  const { ended } = await rescale(scene, input);
  screen.head('What its user reads, in the Web UI and from the CLI');
  const failure =
    ended.kind === 'FAILED' ? ended : { type: ended.result.outcome, message: 'It did not fail.', causes: [] };
  screen.say(failure.type, ...wrapped(failure.message));

  const verdict = await judge(scene, ended);
  screen.head('What Flink says');
  for (const { id, state, parallelism } of await orders.live()) {
    const same = id === before.id ? 'the same job as before' : `before it was job ${before.id}`;
    screen.say(`Job ${id} is ${state} at parallelism ${parallelism}, ${same}.`);
  }
  screen.head("What the job's own output says");
  screen.say(`${verdict.records} records so far: ${describe(verdict)}`);

  const tries = rescaleInputSchema.parse(input).maxSavepointCreationAttempts;
  return [
    {
      claim: `the rescale failed as SavepointFailed after ${tries} tries`,
      holds: failure.type === 'SavepointFailed' && failure.causes.length === tries,
    },
    {
      claim: 'the job is still RUNNING at 6 under the same job id',
      holds: await runsAlone(orders, { jobId: before.id, parallelism: 6 }),
    },
    proofOf('over the failed rescale', verdict),
  ];
}

/** What to type to try more, while the stack is up. */
export function tryMore(scene: Scene): void {
  const { stack, orders, screen } = scene;
  const workflow = (verb: string, ...flags: string[]) =>
    asTyped(['workflow', verb, '--workflow-id', rescaleWorkflowId(CLUSTER, orders.name), ...flags]);

  screen.say(
    'A rescale by hand that goes on trying, so that there is time to ask it how it goes, and to call it off;',
  );
  screen.say('the deployment waits for its end, and says so:');
  const directory = `${stack.flink.savepointRoot}/blocked`;
  const endless = { job: orders.name, parallelism: 3, savepoint: { directory } };
  screen.code(
    ...asTyped(toStart(scene, { ...endless, maxSavepointCreationAttempts: 1000 })),
    ...workflow('query', '--type', statusQuery),
    ...workflow('signal', '--name', steeringNames.abort),
    ...workflow('result'),
  );
  screen.say('Instead of the signal, a cancel means the same: the job goes on as it was.');
  screen.code(...workflow('cancel'));
}
