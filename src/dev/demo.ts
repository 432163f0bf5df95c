/**
 * `npm run demo`: a running Flink job goes from 2 to 4 before your eyes, then to 6 in place, then a rescale that cannot
 * work leaves it as it was, then the job becomes a deployment whose file is edited. Stays up until Ctrl-C, for a person to try more; with
 * `--exit` it ends at once. The exit code is 0 only if all of it came true.
 */
import { join, relative } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { checkRunning } from './checker';
import { rescaleFails, rescaleWorks, tryMore } from './demo-acts';
import { deploymentFollows, tryDeployment } from './demo-deployment';
import { rescaleInPlace } from './demo-in-place';
import { Screen } from './demo-report';
import { sayPreparations, type Proof, type Scene } from './demo-scene';
import type { FlinkSettings } from './flink-config';
import { interrupted } from './interrupt';
import { Orders, ordersSplits } from './orders';
import { projectDir, runsDir } from './paths';
import { usualOrFree } from './ports';
import { signalGroup } from './process';
import { provisionTemporal } from './provision-temporal';
import { leftovers, session } from './registry';
import { startStack, type Stack } from './stack';
import { until } from './until';

/** Each needs the job as the one before leaves it. */
const acts = [rescaleWorks, rescaleInPlace, rescaleFails, deploymentFollows];

/** Names the folder of its files. */
const RUN = 'demo';
const JOB = 'orders';

/** For the second act. */
const settings: FlinkSettings = {
  'jobmanager.scheduler': 'adaptive',
  // 30 s by default, which would be waited for
  'jobmanager.adaptive-scheduler.executing.cooldown-after-rescaling': '0 s',
  // else the job begins on one TaskManager, and the other one's very first tasks, slow ones, are those of that act
  'taskmanager.load-balance.mode': 'SLOTS',
};

async function main(args: readonly string[]): Promise<number> {
  const unknown = args.find((arg) => arg !== '--exit');
  if (unknown !== undefined) {
    process.stderr.write(`unknown argument ${unknown}; valid: npm run demo, npm run demo -- --exit\n`);
    return 2;
  }
  const signal = interrupted();
  const screen = new Screen();
  const demo = new Demo();
  try {
    const cameTrue = await Promise.race([demo.play(), signal.then(() => undefined)]);
    if (cameTrue === undefined) return 130;
    if (!args.includes('--exit')) {
      demo.invite(cameTrue);
      await signal;
    }
    return cameTrue ? 0 : 1;
  } catch (error) {
    screen.head('The demo failed');
    screen.say(error instanceof Error ? error.message : String(error));
    return 1;
  } finally {
    screen.head('Ending what the demo started ...');
    await demo.end();
    screen.say(`All of it has ended. Logs: ${relative(projectDir, join(runsDir, RUN, 'logs'))}`);
  }
}

class Demo {
  private stack: Stack | undefined;
  private connection: Connection | undefined;
  private scene: Scene | undefined;
  private readonly screen = new Screen();

  /** Starts all, plays the acts. Whether all that the demo promises came true. */
  async play(): Promise<boolean> {
    const { screen } = this;
    const scene = await this.start();
    const proofs: Proof[] = [];
    let cameTrue = true;
    for (const act of acts) {
      proofs.push(...(await act(scene)));
      cameTrue = proofs.every(({ holds }) => holds);
      if (!cameTrue) break;
    }
    screen.title(cameTrue ? 'All of it came true' : 'Not all of it came true');
    for (const { claim, holds } of proofs) screen.proof(claim, holds);
    return cameTrue;
  }

  /** Says what a person may try now: with the deployment only if the acts have come to it. */
  invite(cameTrue: boolean): void {
    const { scene } = this;
    if (scene !== undefined) {
      this.screen.title('Now you');
      sayPreparations(scene);
      if (cameTrue) tryDeployment(scene);
      tryMore(scene);
    }
    this.screen.head('Ctrl-C ends the demo and all that it started.');
  }

  /** Ends every process of this demo, also those of a start that was interrupted. */
  async end(): Promise<void> {
    this.screen.silence();
    await this.connection?.close();
    await this.stack?.stop();
    await until(
      () => {
        const ours = leftovers(runsDir).filter((entry) => entry.session === session());
        for (const { pid } of ours) signalGroup(pid, 'SIGKILL');
        return ours.length === 0;
      },
      { what: 'the processes of the demo to end', deadlineMs: 10_000 },
    );
  }

  private async start(): Promise<Scene> {
    const { screen } = this;
    screen.title('Weir demo');
    const temporal = await provisionTemporal();
    const ports = await this.ports();
    screen.say('Starting Temporal, Flink (a JobManager and two TaskManagers) and the Weir worker ...');
    const stack = await startStack({
      name: RUN,
      temporal: { port: ports.temporal, uiPort: ports.ui },
      flink: { taskManagers: 2, restPort: ports.flink, settings },
      worker: { jobs: (stack) => [new Orders(stack, { name: JOB }).config] },
      report: (line) => screen.say(line),
    });
    this.stack = stack;
    screen.say(`Temporal's Web UI at ${stack.temporal.uiUrl}`);
    this.connection = await Connection.connect({ address: stack.temporal.address });
    const { connection } = this;
    const client = new Client({ connection, namespace: stack.temporal.namespace });
    const orders = new Orders(stack, { name: JOB });

    const jobId = await orders.start(2);
    // every split has written something: an output whose gap can be seen
    await checkRunning({ output: orders.output, splits: ordersSplits, deadlineMs: 60_000 });
    const output = relative(projectDir, orders.output);
    screen.say(`Job ${JOB} (${jobId}) runs at parallelism 2 and writes to`, output);
    this.scene = { stack, orders, client, screen, temporal };
    return this.scene;
  }

  /** The usual ports, or free ones where another program has those. */
  private async ports(): Promise<{ temporal: number; ui: number; flink: number }> {
    const choose = async (what: string, usual: number) => {
      const port = await usualOrFree(usual);
      if (port !== usual) this.screen.say(`Port ${usual} is taken: ${what} will be at ${port}.`);
      return port;
    };
    return {
      temporal: await choose('Temporal', 7233),
      ui: await choose('its Web UI', 8233),
      flink: await choose('Flink', 8081),
    };
  }
}

main(process.argv.slice(2)).then(
  // what was given up may still wait for something
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
