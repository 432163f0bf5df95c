import type { DeploymentStatus } from '../../src/contracts/deployment';
import { until } from '../../src/dev/until';
import { defaultProgram } from '../flink-simulator/program';
import { Deployed } from '../kit/deployed';
import { textOf } from '../kit/documents';
import { typedInto } from '../kit/shell';
import { useSimulated } from '../kit/simulated';
import { liveJobs } from '../kit/watch';

/** The commands of docs/operate.md for a deployment, typed as they stand there: each prints what stands below it. */
const place = useSimulated('deployment-by-cli', {
  jobs: ['orders', 'orders-2'],
  flink: { programs: [{ ...defaultProgram, name: 'orders' }] },
});

interface Typed {
  readonly command: string;
  /** What it prints, or the part of it that is shown. */
  readonly printed: readonly string[];
}

function typedIn(section: string): Typed[] {
  const [, rest = ''] = textOf('docs/operate.md').split(`\n## ${section}\n`);
  const [, block = ''] = /```\n(.*?)```/s.exec(rest) ?? [];
  return block
    .split(/^\$ /m)
    .slice(1)
    .map((text) => {
      const [command = '', ...printed] = text.replace(/\\\n\s*/g, '').split('\n');
      return { command, printed: printed.map(uniform).filter((line) => line !== '') };
    });
}

/** Without what differs from run to run. */
function uniform(line: string): string {
  return line
    .replace(/\d+ \w+ ago|\bnow$/, 'N ago')
    .replace(/file:\S+(?=\])/, 'file:PATH')
    .replace(/\s+/g, ' ')
    .trim();
}

/** Types it, and returns the lines that it prints. */
async function type(command: string): Promise<string[]> {
  const args = typedInto([command.replace('--task-queue weir ', `--task-queue ${place().taskQueue} `)]);
  const { stdout, stderr } = await place().cli(args);
  return `${stdout}\n${stderr}`.split('\n').map(uniform);
}

const isDone = ({ transition, conditions }: DeploymentStatus) =>
  transition === undefined && conditions.some(({ type, status }) => type === 'SpecAligned' && status);

test('create, scale, upgrade to a new jar, suspend, resume, roll back, ask, list; and what is refused', async () => {
  const orders = new Deployed(place(), 'orders');
  for (const { command, printed } of typedIn('A deployment, by the Temporal CLI alone')) {
    const missing = async () => {
      const lines = await type(command);
      return printed.filter((line) => !lines.includes(line));
    };
    // Temporal lists what is there a moment later
    if (command.startsWith('temporal workflow list'))
      await until(async () => (await missing()).length === 0, { what: 'the list', deadlineMs: 30_000 });
    else expect({ command, missing: await missing() }).toEqual({ command, missing: [] });
    await orders.until(`has done: ${command}`, isDone);
  }
  expect((await orders.history()).map(({ command, outcome }) => `${command} ${outcome}`)).toEqual(
    ['apply', 'scale', 'patch', 'suspend', 'resume', 'rollback'].map((command) => `${command} DONE`),
  );
  expect(liveJobs(place().flink, 'orders')).toMatchObject([{ parallelism: 2, state: 'RUNNING' }]);
}, 120_000);
