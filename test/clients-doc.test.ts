import { commandSchemas, deploymentQueries } from '../src/contracts/deployment';
import { notServedFields } from '../src/planning/deployment/not-served';
import { usage } from '../src/apply/arguments';
import { textOf } from './kit/documents';

/** docs/clients.md is the contract of whoever has no type of ours to look at. */
const text = textOf('docs/clients.md');
const inCode = new Set([...text.matchAll(/`([^`\n]+)`/g)].map(([, code]) => code));

test.each([...Object.keys(commandSchemas), ...Object.values(deploymentQueries)])(
  'it has %s in a table',
  (name) => {
    expect(text).toMatch(new RegExp(`^\\| \`${name}\``, 'm'));
  },
);

test.each(notServedFields)('it says that %s is not served', (field) => {
  const [, last] = /([^.]+)$/.exec(field) ?? [];
  expect([...inCode].some((code) => code === last || code?.endsWith(`.${last}`))).toBe(true);
});

test('it has every option of npm run apply', () => {
  for (const [option] of usage.matchAll(/--[a-z][a-z-]+/g)) expect(text).toContain(`\`${option}`);
});
