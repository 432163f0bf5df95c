/** Second act: the same job goes on to another parallelism in place, and the downtimes of both ways are compared. */
import { rescaleWorkflowId } from '../planning/ids';
import { describe } from './checker';
import { sideBySide } from './demo-report';
import { follow } from './demo-rescale';
import { CLUSTER, jobUrl, judge, proofOf, runOf, runsAlone, workflowUrl } from './demo-scene';
import type { Proof, Scene } from './demo-scene';
import { rescale, sayEnd } from './demo-show';

const FROM = 4;
const TO = 6;

/** 4 -> 6 by the adaptive scheduler. The newest rescale of the job, by RESTART, is what it is compared with. */
export async function rescaleInPlace(scene: Scene): Promise<Proof[]> {
  const { orders, client, screen } = scene;
  screen.title(`2. In place, from ${FROM} to ${TO}: the job is not ended`);
  const former = await follow(
    client,
    await runOf(scene, rescaleWorkflowId(CLUSTER, orders.name)),
    () => undefined,
  );
  if (former.kind === 'FAILED') throw new Error(`the rescale to compare with failed: ${former.message}`);
  const before = await judge(scene, former);

  screen.say(
    "No savepoint and no new job: Flink's adaptive scheduler starts the tasks anew, from a checkpoint.",
  );
  const { run, ended } = await rescale(scene, {
    job: orders.name,
    parallelism: TO,
    mechanism: 'IN_PLACE',
  });
  const result = sayEnd(scene, ended);
  if (result === undefined) return [{ claim: `the rescale in place to ${TO} came to its end`, holds: false }];

  const { outcome, mechanism, from, to } = result;
  const after = await judge(scene, ended);
  const rewritten = after.replayed - before.replayed;
  screen.head('Both downtimes, side by side');
  screen.say(
    ...sideBySide([
      { result: former.result, verdict: before, rewritten: before.replayed },
      { result, verdict: after, rewritten },
    ]),
    '',
    'The result counts until every task runs: from the stop or, in place, from the checkpoint that Flink',
    `goes back to. In place the job wrote again what it had written since that checkpoint: ${rewritten} lines,`,
    'as after a failover. A plain sink shows them twice; what the job itself counts is not affected.',
    'That is one rescale of each kind, and RESTART was the very first on cold JVMs, which take longer:',
    'npm run bench:rescale repeats both, warm and in turns.',
  );
  screen.head("What the job's own output says");
  screen.say(`${after.records} records so far: ${describe(after)}`);
  screen.head('Look at it');
  screen.say(`this workflow  ${workflowUrl(scene, run)}`);
  if (to !== undefined) screen.say(`the job        ${jobUrl(scene, to)}`);
  return [
    {
      claim: `Flink took the job from ${FROM} to ${TO} in place, and it kept its job id`,
      holds:
        outcome === 'RESCALED' &&
        mechanism === 'IN_PLACE' &&
        from?.parallelism === FROM &&
        to?.parallelism === TO &&
        from.jobId === to.jobId,
    },
    {
      claim: `Flink has one job of this name, RUNNING at ${TO}`,
      holds: to !== undefined && (await runsAlone(orders, to)),
    },
    {
      claim: 'the results of both rescales say how long the job was down',
      holds: former.result.downtimeMs !== undefined && result.downtimeMs !== undefined,
    },
    proofOf('in place', after),
  ];
}
