import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectDir } from '../../src/dev/paths';
import { readDockerfile } from '../kit/dockerfile';

/** What can be said of the image without building it; test/edge/image.test.ts carries its lines out. */

const stages = readDockerfile();
const runtime = stages.at(-1);
const read = (file: string) => readFileSync(join(projectDir, file), 'utf8');

test('every stage begins with one and the same exact version of Node, on glibc, which package.json allows', () => {
  const [image, ...others] = new Set(stages.map((stage) => stage.image));
  expect(others).toEqual([]);
  const [, version = ''] = /^node:(\d+\.\d+\.\d+)-bookworm-slim$/.exec(image ?? '') ?? [];
  const { engines } = JSON.parse(read('package.json')) as { engines: { node: string } };
  expect(engines.node).toMatch(/^>=\d+\.\d+$/);
  expect(Number.parseInt(version)).toBeGreaterThanOrEqual(Number.parseInt(engines.node.slice(2)));
});

test('what runs is not root, and is Node itself, so that it hears signals', () => {
  expect(runtime?.user).toBe('node');
  expect(runtime?.command?.[0]).toBe('node');
  expect(runtime?.command).toContain('dist/worker.js');
  expect(runtime?.healthcheck).toEqual(['node', 'dist/probe.js']);
});

test('the runtime stage runs nothing: it is put together of what the others made, without dev dependencies', () => {
  expect(runtime?.steps.filter(({ kind }) => kind === 'RUN')).toEqual([]);
  const installs = stages.flatMap((stage) =>
    stage.steps.flatMap((step) =>
      step.kind === 'RUN' && step.command.includes('npm ci') ? [{ stage, step }] : [],
    ),
  );
  const of = runtime?.steps.flatMap((step) =>
    step.kind === 'COPY' && step.sources.join().includes('node_modules') ? [step.from] : [],
  );
  const [dependencies] = installs.filter(({ stage }) => of?.includes(stage.name));
  expect(dependencies?.step.command).toContain('--omit=dev');
});

test('the build context is what is copied from it, and nothing else', () => {
  const [all, ...allowed] = read('.dockerignore')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  expect(all).toBe('*');
  const copied = stages.flatMap(({ steps }) =>
    steps.flatMap((step) => (step.kind === 'COPY' && step.from === undefined ? step.sources : [])),
  );
  expect(new Set(allowed)).toEqual(new Set(copied.map((source) => `!${source}`)));
});
