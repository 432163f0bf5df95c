import { steeringNames } from '../../src/contracts/rescale';
import { signalCommand, statusCommand, updateCommand } from '../../src/planning/commands';
import { startCommandFor } from '../../src/planning/start-command';
import { commandsIn, documents } from '../kit/documents';
import { useSimulated } from '../kit/simulated';

/** Every `temporal` command that Weir prints or documents is one that the real CLI has, with those flags. */
const place = useSimulated('commands');

const id = 'rescale/local/orders';
const printed = [
  statusCommand(id),
  ...Object.values(steeringNames).flatMap((name) => [
    signalCommand(id, name, '{}'),
    updateCommand(id, name, '{}'),
  ]),
  startCommandFor({ workflowId: id, taskQueue: 'weir', input: {} }),
];

const commands = [...new Set([...documents.flatMap((document) => commandsIn(document)), ...printed])];
/** Without what a person fills in. */
const subcommands = new Map<string, Set<string>>();
for (const command of commands) {
  const words = command
    .replace(/'[^']*'/g, 'QUOTED')
    .split(/\s+/)
    .slice(1);
  const end = words.findIndex((word) => word.startsWith('-'));
  const flags = subcommands.get(words.slice(0, end < 0 ? undefined : end).join(' ')) ?? new Set();
  for (const word of words) if (word.startsWith('-')) flags.add(word.replace(/[,.;:]$/, ''));
  subcommands.set(words.slice(0, end < 0 ? undefined : end).join(' '), flags);
}

test('there are some in the documents', () => {
  expect(documents.flatMap((document) => commandsIn(document)).length).toBeGreaterThan(10);
});

test.each([...subcommands])('temporal %s', async (subcommand, flags) => {
  const words = subcommand.split(' ').filter((word) => word !== '');
  const { code, stdout, stderr } = await place().cli([...words, '--help']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  // of a word that it does not know the CLI shows the help of what is above it
  expect(stdout).toContain(`temporal ${subcommand}`);
  for (const flag of flags) expect(stdout).toMatch(new RegExp(`(^|\\s)${flag}[\\s,]`, 'm'));
});
