/** Fourth act: the job becomes a deployment; its file is edited and applied, and the job follows. */
import { readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { parseDocument } from 'yaml';
import { deploymentQueries, type CommandName, type DeploymentStatus } from '../contracts/deployment';
import { deploymentWorkflowId } from '../planning/deployment/ids';
import { mainArgsOf } from '../planning/deployment/main-args';
import { rescaleWorkflowId } from '../planning/ids';
import { describe } from './checker';
import { applyCommand, runApply } from './demo-apply';
import { asTyped, downtime, timeline } from './demo-report';
import { follow } from './demo-rescale';
import {
  CLUSTER,
  jobUrl,
  judge,
  proofOf,
  runOf,
  runsAlone,
  workflowUrl,
  type Proof,
  type Scene,
} from './demo-scene';
import { projectDir } from './paths';

const FROM = 6;
const TO = 4;

/** The job that runs at 6 is taken on by a deployment; 4 is written into its file and applied. */
export async function deploymentFollows(scene: Scene): Promise<Proof[]> {
  const { orders, screen } = scene;
  screen.title('4. A deployment: edit its file, apply it, and the job follows');
  const [before] = await orders.live();
  if (before === undefined) throw new Error(`${orders.name} does not run`);

  const file = await writeResource(scene);
  screen.say(
    `The job as a resource: examples/orders.yaml, with the folders of this run and parallelism: ${FROM}, is in`,
    file,
  );
  const created = await apply(scene, file, '--wait');
  screen.say('', `Watch it: ${workflowUrl(scene, await runOf(scene, deploymentId(scene)))}`);
  const adopted = created && (await runsAlone(orders, { jobId: before.id, parallelism: FROM }));

  screen.head(`The file is edited: parallelism: ${FROM} becomes parallelism: ${TO}`);
  await edit(file, FROM, TO);
  const compared = await apply(scene, file, '--dry-run');
  const applied = await apply(scene, file, '--wait');

  const run = await runOf(scene, rescaleWorkflowId(CLUSTER, orders.name));
  const ended = await follow(scene.client, run, () => undefined);
  screen.head('Timeline by phase');
  screen.say(...timeline(ended.timings));
  const verdict = await judge(scene, ended);
  const after = ended.kind === 'COMPLETED' ? ended.result : undefined;
  if (after?.downtimeMs !== undefined) {
    screen.head('Downtime');
    screen.say(...downtime(after.downtimeMs, verdict));
  }
  screen.head("What the job's own output says");
  screen.say(`${verdict.records} records so far: ${describe(verdict)}`);
  screen.head('Look at it');
  screen.say(`the rescale    ${workflowUrl(scene, run)}`);
  if (after?.to !== undefined) screen.say(`the job        ${jobUrl(scene, after.to)}`);

  const status = await statusOf(scene);
  return [
    { claim: `a deployment took on the job that ran at ${FROM}, and let it run`, holds: adopted },
    {
      claim: `its edited file was applied, and it is RUNNING at ${TO} with nothing left to do`,
      holds: compared && applied && isAsWanted(status, TO),
    },
    {
      claim: `Flink has one job of this name, RUNNING at ${TO}`,
      holds: after?.to?.parallelism === TO && (await runsAlone(orders, after.to)),
    },
    proofOf('over the edit', verdict),
  ];
}

/** What to type to try more of it, while the stack is up. */
export function tryDeployment(scene: Scene): void {
  const { screen } = scene;
  const file = fileOf(scene);
  const workflow = (verb: readonly string[], ...flags: readonly string[]) =>
    asTyped(['workflow', ...verb, '--workflow-id', deploymentId(scene), ...flags]);
  const update = (name: CommandName, input: object) =>
    workflow(['update', 'execute'], '--name', name, '--input', JSON.stringify(input));

  screen.say(`Edit ${file}, see what that would do, and have it done:`);
  screen.code(applyCommand(file, '--dry-run'), applyCommand(file, '--wait'));
  screen.say('The same deployment, by the Temporal CLI alone:');
  screen.code(
    ...workflow(['query'], '--type', deploymentQueries.status),
    ...update('scale', { parallelism: 2 }),
    ...update('suspend', {}),
    ...update('resume', {}),
    ...update('rollback', { to: 1 }),
    ...workflow(['metadata']),
  );
}

function deploymentId({ orders }: Scene): string {
  return deploymentWorkflowId({ cluster: CLUSTER, name: orders.name });
}

/** As a person in the project's folder names it. */
function fileOf({ stack, orders }: Scene): string {
  return relative(projectDir, join(stack.runDir, `${orders.name}.yaml`));
}

/** The example's resource, for the folders of this run and the job as it runs. Returns its file. */
async function writeResource(scene: Scene): Promise<string> {
  const { args = [] } = scene.orders.config.artifact;
  const resource = parseDocument(await readFile(join(projectDir, 'examples', 'orders.yaml'), 'utf8'));
  resource.setIn(['spec', 'template', 'spec', 'parallelism'], FROM);
  resource.setIn(['spec', 'template', 'spec', 'artifact', 'mainArgs'], mainArgsOf(args));
  const file = fileOf(scene);
  await writeFile(join(projectDir, file), resource.toString());
  return file;
}

/** As a person does with an editor: one number. */
async function edit(file: string, from: number, to: number): Promise<void> {
  const path = join(projectDir, file);
  const [before, after, ...more] = (await readFile(path, 'utf8')).split(`parallelism: ${from}\n`);
  if (after === undefined || more.length > 0) throw new Error(`${file} has no one parallelism: ${from}`);
  await writeFile(path, `${before}parallelism: ${to}\n${after}`);
}

/** Says the command, and what it prints as it goes. */
async function apply({ stack, screen }: Scene, file: string, option: string): Promise<boolean> {
  screen.say('The demo runs this command:');
  screen.code(applyCommand(file, option));
  return runApply(stack, [file, option], (line) => screen.say(line));
}

function statusOf(scene: Scene): Promise<DeploymentStatus> {
  return scene.client.workflow
    .getHandle(deploymentId(scene))
    .query<DeploymentStatus>(deploymentQueries.status);
}

function isAsWanted({ actual, job, drift, conditions }: DeploymentStatus, parallelism: number): boolean {
  const aligned = conditions.some(({ type, status }) => type === 'SpecAligned' && status);
  return actual === 'RUNNING' && job?.parallelism === parallelism && drift.length === 0 && aligned;
}
