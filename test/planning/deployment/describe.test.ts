import { describeDeployment } from '../../../src/planning/deployment/describe';
import { rested, sighted } from '../../../src/planning/deployment/sighting';
import { carriedOut } from '../../../src/planning/deployment/transition';
import { begun, done, edited, fresh, jobId, now, running, savepoint } from '../../kit/deployments';

/** The details of a deployment's workflow, as the Web UI shows them. */

const scaled = (name = 'orders') => edited(running({ jobName: name }), { name: 'scale', parallelism: 8 });

test('before its first resource it waits', () => {
  expect(describeDeployment(fresh())).toBe('Waits for its first `apply`.');
});

test('a job that runs as it is wanted: what is wanted, what is, and what can be done', () => {
  const [first, ...blocks] = describeDeployment(rested(running(), now)).split('\n\n');
  expect(first).toBe('**orders: wanted RUNNING at 4, is RUNNING at 4** (version 1)');
  expect(blocks).toHaveLength(3);
  expect(blocks[0]).toBe(`- job \`${jobId(1)}\``);
  expect(blocks[1]?.split('\n')).toEqual([
    '| condition | is | reason | since (UTC) | |',
    '|---|---|---|---|---|',
    '| SpecAligned | true | Aligned | 2026-01-01 00:00:00 | version 1 |',
  ]);
  expect(blocks[2]?.split('\n').map((line) => line.slice(0, 25))).toEqual([
    '* another parallelism: te',
    '* stop it with a savepoin',
    '* cancel it: temporal wor',
  ]);
});

test('what is under way, the newest state, and what differs', () => {
  const [first, list, operator, ...rest] = describeDeployment({
    ...begun(scaled()),
    newest: savepoint(),
  }).split('\n\n');
  expect(first).toBe('**orders: wanted RUNNING at 8, is TRANSITIONING at 4** (version 2)');
  expect(list?.split('\n')).toEqual([
    '- RESCALE under way: `rescale/local/orders`',
    `- job \`${jobId(1)}\``,
    '- newest state `file:/savepoints/1`',
    '- differs from what is wanted: `template.spec.parallelism`',
  ]);
  expect(operator).toContain('* a RESCALE is under way');
  expect(rest).toEqual([]);
});

test('several fields that differ are named one after the other', () => {
  const patch = { spec: { template: { spec: { parallelism: 8, artifact: { jarUri: 'two.jar' } } } } };
  expect(describeDeployment(edited(running(), { name: 'patch', patch }))).toContain(
    '- differs from what is wanted: `template.spec.artifact.jarUri`, `template.spec.parallelism`\n',
  );
});

test('where no job is, none is shown, and no parallelism that is wanted of it', () => {
  const suspended = done(edited(running(), { name: 'suspend', drain: false }));
  const [first, second] = describeDeployment({ ...suspended, conditions: [] }).split('\n\n');
  expect(first).toBe('**orders: wanted SUSPENDED, is SUSPENDED** (version 2)');
  expect(second).toContain('* start it again: ');
});

test('of a failure the first line is shown, and of a long one its beginning', () => {
  const failing = (message: string) =>
    describeDeployment(carriedOut(begun(scaled()), { kind: 'FAILED', type: 'RolledBack', message }, now));
  const row = '| TransitionSucceeded | false | RolledBack | 2026-01-01 00:00:00 | ';
  expect(failing('no slots\nNow: it runs\nat 4')).toContain(`${row}no slots |\n`);
  expect(failing('x'.repeat(500))).toContain(`${row}${'x'.repeat(400)} |\n`);
});

test('a name breaks nothing around it', () => {
  const state = sighted(
    running({ jobName: 'a|b*c' }),
    { kind: 'LIVE', jobId: jobId(1), parallelism: 4 },
    now,
  );
  expect(describeDeployment(state)).toMatch(/^\*\*a\\\|b\\\*c: wanted/);
});
