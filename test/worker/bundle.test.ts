import { DefaultLogger } from '@temporalio/worker';
import { appendFile, cp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freshRunDir } from '../../src/dev/paths';
import { currentBundle, writeBundle } from '../../src/worker/bundle';

/** Below the project, so that the code finds its dependencies. */
const run = freshRunDir('bundle-test');
const home = join(run, 'here');
const folder = join(home, 'dist');
const workflows = join(folder, 'workflows', 'index.js');
const planning = join(folder, 'planning.js');
const manifest = join(home, 'package.json');
const bundle = join(folder, 'workflow-bundle.js');

const built = join(run, 'built');

beforeAll(async () => {
  await mkdir(join(folder, 'workflows'), { recursive: true });
  await writeFile(workflows, `exports.rescale = async () => require('../planning').answer;`);
  await writeFile(planning, `exports.answer = 'the answer';`);
  await writeFile(manifest, '{"dependencies":{}}');
  await writeBundle(new DefaultLogger('ERROR'), folder);
  await rename(home, built);
}, 60_000);

beforeEach(async () => {
  await rm(home, { recursive: true, force: true });
  await cp(built, home, { recursive: true });
});

test('the bundle of this very code is used, and holds it', async () => {
  await expect(currentBundle(folder)).resolves.toBe(bundle);
  await expect(readFile(bundle, 'utf8')).resolves.toContain('the answer');
});

test('wherever it is moved together with its code', async () => {
  const elsewhere = join(run, 'elsewhere');
  await cp(home, elsewhere, { recursive: true });
  await expect(currentBundle(join(elsewhere, 'dist'))).resolves.toBe(
    join(elsewhere, 'dist', 'workflow-bundle.js'),
  );
});

test.each([
  ['the workflows were compiled anew', () => appendFile(workflows, '// changed')],
  ['what they import was', () => appendFile(planning, '// changed')],
  ['a file has come', () => writeFile(join(folder, 'new.js'), '')],
  ['a file has gone', () => rm(planning)],
  ['a dependency has changed', () => writeFile(manifest, '{"dependencies":{"zod":"4.0.0"}}')],
  ['the bundle is not whole', () => writeFile(bundle, 'half')],
  ['the bundle is gone', () => rm(bundle)],
  ['its record is gone', () => rm(join(folder, 'workflow-bundle.json'))],
  ['its record is not whole', () => writeFile(join(folder, 'workflow-bundle.json'), '{')],
])('it is not used if %s', async (_, change) => {
  await change();
  await expect(currentBundle(folder)).resolves.toBeUndefined();
});
