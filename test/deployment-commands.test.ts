import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readArguments } from '../src/apply/arguments';
import { readDocuments } from '../src/apply/documents';
import { commandSchemas, deploymentQueries } from '../src/contracts/deployment';
import { searchAttributes } from '../src/contracts/rescale';
import { projectDir } from '../src/dev/paths';
import { deploymentOf } from '../src/planning/deployment/ids';
import { parseResource } from '../src/planning/deployment/resource';
import { check, said } from '../src/planning/problems';
import { commandsIn, documents, textOf } from './kit/documents';
import { typedInto } from './kit/shell';

/** Every command for deployments that a document shows is one that the worker would take, down to its input. */
interface Shown {
  readonly command: string;
  readonly words: readonly string[];
}

const shown: readonly Shown[] = documents
  .flatMap((document) => commandsIn(document))
  // what a person fills in is no word of a shell
  .filter((command) => !/<[^>]+>/.test(command) && command.includes('deployment/'))
  .map((command) => ({ command, words: typedInto([command]) }));

function flag({ words }: Shown, name: string): string | undefined {
  const at = words.indexOf(name);
  return at < 0 ? undefined : words[at + 1];
}

const started = shown.filter((one) => flag(one, '--type') === 'deployment');
const commanded = shown.filter(({ words }) => words.includes('update') || words.includes('signal'));
const asked = shown.filter(({ words }) => words.includes('query'));

function problemsOf(one: Shown): readonly string[] {
  const name = flag(one, '--name') ?? '';
  const schema = Object.entries(commandSchemas).find(([known]) => known === name)?.[1];
  if (schema === undefined) return [`no command ${name}`];
  const checked = check<unknown>(schema, JSON.parse(flag(one, '--input') ?? '{}'));
  return checked.kind === 'VALID' ? [] : checked.problems.map(said);
}

test('there are some, of each kind', () => {
  expect(started.length).toBeGreaterThan(1);
  expect(asked.length).toBeGreaterThan(1);
  const names = new Set(commanded.map((one) => flag(one, '--name')));
  expect([...names]).toEqual(expect.arrayContaining(['scale', 'patch', 'suspend', 'resume', 'rollback']));
});

test.each(started)('$command', (one) => {
  const identity = deploymentOf(flag(one, '--workflow-id') ?? '');
  if (identity === undefined) throw new Error('no id of a deployment');
  expect(one.words).toContain('--fail-existing');
  expect(parseResource(JSON.parse(flag(one, '--input') ?? ''), identity)).toMatchObject({ kind: 'RESOURCE' });
});

/** Shown for its refusal. */
const refused = '{"parallelism":0}';

test.each(commanded.filter((one) => flag(one, '--input') !== refused))('$command', (one) => {
  expect(problemsOf(one)).toEqual([]);
});

test('the one that is shown for its refusal is refused with the words that are shown', () => {
  const [one, ...more] = commanded.filter((one) => flag(one, '--input') === refused);
  if (one === undefined || more.length > 0) throw new Error('there is not one such command');
  const [problem = ''] = problemsOf(one);
  expect(textOf('docs/operate.md')).toContain(`Error: unable to update workflow: ${problem}`);
});

test.each(asked)('$command', (one) => {
  expect(Object.values(deploymentQueries)).toContain(flag(one, '--type'));
});

const lists = documents.flatMap((document) => commandsIn(document, 'temporal workflow list'));

test.each(lists)('%s asks for nothing but search attributes that Weir or Temporal has', (command) => {
  const fields = [...command.matchAll(/(\w+) (?:=|IN)/g)].map(([, field]) => field);
  const known: readonly string[] = [...searchAttributes, 'WorkflowType', 'ExecutionStatus'];
  expect(fields.filter((field) => !known.includes(field ?? ''))).toEqual([]);
  expect(fields.length).toBeGreaterThan(0);
});

const applies = documents.flatMap((document) => commandsIn(document, 'npm run apply --'));

test.each([...new Set(applies)])('%s', (command) => {
  const [, , , , ...words] = command.replace(/\s+#.*$/, '').split(' ');
  expect(readArguments(words).files).toEqual(['orders.yaml']);
});

const resources = [
  ...documents.flatMap((document) =>
    [...textOf(document).matchAll(/```yaml\n(.*?)```/gs)]
      .map(([, text = '']) => text)
      .filter((text) => text.includes('kind: Deployment'))
      .map((text) => ({ name: document, text })),
  ),
  { name: 'examples/orders.yaml', text: readFileSync(join(projectDir, 'examples', 'orders.yaml'), 'utf8') },
];

test.each(resources)('the deployment of $name is one', (source) => {
  const read = readDocuments([source], { names: ['local'], given: undefined });
  expect(read).toMatchObject([{ identity: { cluster: 'local', name: 'orders' }, notServed: [] }]);
});
