import { dryRunOf } from '../../../src/planning/deployment/dry-run';
import { edit } from '../../../src/planning/deployment/edit';
import { freshState } from '../../../src/planning/deployment/state';
import type { EntityState } from '../../../src/planning/deployment/state';

function resource(template: object, of: { readonly labels?: object; readonly spec?: object } = {}): object {
  return {
    metadata: { name: 'orders', ...(of.labels !== undefined && { labels: of.labels }) },
    spec: {
      ...of.spec,
      template: { spec: { parallelism: 4, artifact: { jarUri: 'orders.jar' }, ...template } },
    },
  };
}

function applied(raw: object): EntityState {
  const edited = edit(freshState('local', 'orders'), { name: 'apply', resource: raw }, 1);
  if (edited.kind === 'REFUSED') throw new Error(edited.why);
  return edited.state;
}

const before = applied(resource({ flinkConfiguration: { a: '1', b: '2' } }, { labels: { team: 'x' } }));
const dry = (raw: object, state = before) => dryRunOf(state, { name: 'apply', resource: raw }, 2);

test('each field that would change is named, with what it was and would be; the version that it would have', () => {
  const other = resource(
    { parallelism: 8, flinkConfiguration: { a: '1', c: '3' } },
    { labels: { team: 'y' }, spec: { state: 'SUSPENDED' } },
  );
  const answered = dry(other);
  expect(answered).toMatchObject({ kind: 'ACCEPTED', answer: { resourceVersion: 2 } });
  expect(answered.kind === 'ACCEPTED' && answered.changes).toStrictEqual([
    { field: 'metadata.labels.team', from: '"x"', to: '"y"' },
    { field: 'spec.state', from: '"RUNNING"', to: '"SUSPENDED"' },
    { field: 'spec.template.spec.flinkConfiguration.b', from: '"2"' },
    { field: 'spec.template.spec.flinkConfiguration.c', to: '"3"' },
    { field: 'spec.template.spec.parallelism', from: '4', to: '8' },
  ]);
});

test('what is there already would change nothing', () => {
  const same = resource({ flinkConfiguration: { b: '2', a: '1' } }, { labels: { team: 'x' } });
  expect(dry(same)).toMatchObject({ kind: 'ACCEPTED', changes: [], answer: { resourceVersion: 1 } });
});

test('of what is not there all is new', () => {
  const answered = dry(resource({}), freshState('local', 'orders'));
  expect(answered).toMatchObject({
    kind: 'ACCEPTED',
    changes: expect.arrayContaining([{ field: 'spec.template.spec.parallelism', to: '4' }]),
  });
  expect(JSON.stringify(answered)).not.toContain('"from"');
});

test('what apply would refuse is refused', () => {
  expect(dry(resource({ parallelism: 0 }))).toEqual({
    kind: 'REFUSED',
    why: '"spec.template.spec.parallelism" is 0; it must be a whole number from 1 to 32768',
  });
});

test('the deployment stays as it was', () => {
  const was = JSON.stringify(before);
  dry(resource({ parallelism: 8 }));
  expect(JSON.stringify(before)).toBe(was);
});
