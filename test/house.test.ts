import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectDir } from '../src/dev/paths';

/** Rules of the house that no compiler checks. */

interface Package {
  readonly dependencies: Record<string, string>;
  readonly devDependencies: Record<string, string>;
}
interface Locked {
  readonly version?: string;
  readonly resolved?: string;
}

const read = (file: string) => readFileSync(join(projectDir, file), 'utf8');
const { dependencies, devDependencies } = JSON.parse(read('package.json')) as Package;
const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, Locked> };
const direct = { ...dependencies, ...devDependencies };

const temporal = (name: string) => name.startsWith('@temporalio/');

test('all @temporalio/* are of one exact version, asked for and locked: a mix of them is not supported', () => {
  const asked = Object.entries(direct).filter(([name]) => temporal(name));
  expect(asked.length).toBeGreaterThan(1);
  const [version] = new Set(asked.map(([, version]) => version));
  expect(version).toMatch(/^\d+\.\d+\.\d+$/);
  const locked = Object.entries(packages).filter(([path]) =>
    temporal(path.split('node_modules/').at(-1) ?? ''),
  );
  expect(
    new Set([...asked.map(([, version]) => version), ...locked.map(([, { version }]) => version)]),
  ).toEqual(new Set([version]));
});

test('protobufjs is a direct dependency of version 8, and the one that is installed at the top', () => {
  expect(dependencies['protobufjs']).toMatch(/^\^?8\./);
  expect(packages['node_modules/protobufjs']?.version).toMatch(/^8\./);
});

test('every dependency is asked for in one exact version, which is the locked one', () => {
  for (const [name, version] of Object.entries(direct)) {
    expect(`${name} ${packages[`node_modules/${name}`]?.version}`).toBe(`${name} ${version}`);
  }
});

test('the lock file names no registry: whoever installs uses their own', () => {
  const named = Object.entries(packages).filter(([, { resolved }]) => resolved !== undefined);
  expect(named).toEqual([]);
  expect(read('package-lock.json')).not.toMatch(/https?:\/\/[^"]*\/-\/[^"]*\.tgz/);
});

test('no test is left out, and none is run alone', () => {
  const tests = readdirSync(join(projectDir, 'test'), { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('.test.ts'),
  );
  expect(tests).toContain('house.test.ts');
  const modified = new RegExp(
    String.raw`\b(?:test|it|describe)\.(?:skip|only|todo|failing)\b|\bx(?:it|test|describe)\(`,
  );
  expect(tests.filter((path) => modified.test(read(join('test', path))))).toEqual([]);
});
