import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectDir } from '../src/dev/paths';
import { FLINK_LOG4J, FLINK_OTHER_VERSIONS, FLINK_VERSIONS } from '../src/dev/versions';

/** docs/limits.md says of each version whether it is run, and by which command. */
const page = readFileSync(join(projectDir, 'docs', 'limits.md'), 'utf8');
const rows = [...page.matchAll(/^\| (\d\.\d+) \| (\S+) \| `(.+?)` \|/gm)];
const runBy = (command: string) => rows.filter((row) => row[3] === command).map((row) => row[2]);

test('the versions that docs/limits.md says are run are those that are run', () => {
  expect(runBy('npm test')).toEqual(FLINK_VERSIONS);
  expect(runBy('npm run test:versions')).toEqual(FLINK_OTHER_VERSIONS);
  expect(rows.map((row) => row[2])).toEqual(Object.keys(FLINK_LOG4J));
});

test('each under its own minor version, newest first, and none between 1.15 and 2.3 is left out', () => {
  expect(rows.map((row) => row[1])).toEqual(rows.map((row) => row[2]?.split('.').slice(0, 2).join('.')));
  const minors = [3, 2, 1, 0].map((n) => `2.${n}`).concat([20, 19, 18, 17, 16, 15].map((n) => `1.${n}`));
  expect(rows.map((row) => row[1])).toEqual(minors);
});
