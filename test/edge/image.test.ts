import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { freshRunDir, projectDir } from '../../src/dev/paths';
import { freePort } from '../../src/dev/ports';
import { ManagedProcess } from '../../src/dev/process';
import { provisionTemporal } from '../../src/dev/provision-temporal';
import { TemporalServer } from '../../src/dev/temporal';
import { destination, readDockerfile } from '../kit/dockerfile';
import type { Stage } from '../kit/dockerfile';

/**
 * The Dockerfile's own lines, carried out in empty folders by a user who is not root (where that is possible): each stage
 * has a folder for a root file system. What an engine would add is left out: the base image, and its isolation.
 */

const isRoot = process.getuid?.() === 0;
/** `nobody` of Debian, whom nothing belongs to. */
const plain = { uid: 65_534, gid: 65_534 };
const asPlain = isRoot
  ? ['setpriv', `--reuid=${plain.uid}`, `--regid=${plain.gid}`, '--clear-groups', '--']
  : [];

const root = mkdtempSync(join(tmpdir(), 'weir-image-'));
const home = join(root, 'home');
const stages = readDockerfile();
const runtime = stages.at(-1);
if (runtime === undefined) throw new Error('the Dockerfile has no stage');

const folderOf = (stage: Stage) => join(root, `stage-${stages.indexOf(stage)}`);
const workdirOf = (stage: Stage) => join(folderOf(stage), stage.workdir);

/** What a container has of this machine's environment: how to reach a registry, nothing else. */
const reach = /^(npm_config_registry|https?_proxy|no_proxy|NODE_EXTRA_CA_CERTS|SSL_CERT_FILE)$/i;
const outside = Object.entries(process.env).filter(([name]) => name === 'PATH' || reach.test(name));
const environment = (given: Record<string, string>) =>
  Object.entries({ ...Object.fromEntries(outside), HOME: home, ...given }).map(
    ([name, value]) => `${name}=${value}`,
  );

/** A command line as the plain user runs it, with nothing in its environment but what is given. */
function commandOf(words: readonly string[], env: Record<string, string> = {}): [string, string[]] {
  const [command = '', ...args] = [...asPlain, 'env', '-i', ...environment(env), ...words];
  return [command, args];
}

function carryOut(stage: Stage): void {
  const workdir = workdirOf(stage);
  makeFolder(workdir);
  for (const step of stage.steps) {
    switch (step.kind) {
      case 'COPY': {
        const context = step.from === undefined ? projectDir : folderOf(named(step.from));
        for (const source of step.sources) {
          const to = join(workdir, destination(source, step.to));
          cpSync(join(context, source), to, { recursive: true, verbatimSymlinks: true });
        }
        give(workdir);
        break;
      }
      case 'RUN': {
        const [command, args] = commandOf(['sh', '-c', step.command], stage.env);
        const { status, stdout, stderr } = spawnSync(command, args, { cwd: workdir, encoding: 'utf8' });
        if (status !== 0) throw new Error(`${step.command}: exit code ${status}\n${stdout}${stderr}`);
        break;
      }
    }
  }
}

function named(name: string): Stage {
  const stage = stages.find((one) => one.name === name);
  if (stage === undefined) throw new Error(`the Dockerfile has no stage ${name}`);
  return stage;
}

function makeFolder(path: string): void {
  mkdirSync(path, { recursive: true });
  for (let folder = path; folder.startsWith(root); folder = dirname(folder)) {
    chmodSync(folder, 0o755);
    if (isRoot) chownSync(folder, plain.uid, plain.gid);
  }
}

/** To the plain user, whole. */
function give(path: string): void {
  if (isRoot) spawnSync('chown', ['-R', `${plain.uid}:${plain.gid}`, path]);
}

/** As `read_only` of a container: whoever runs there may change nothing. */
function makeReadOnly(path: string): void {
  spawnSync('chmod', ['-R', 'a-w', path]);
}

beforeAll(() => {
  makeFolder(home);
  // what npm has downloaded on this machine already; the plain user may not read it where it is
  const cache = join('.npm', '_cacache');
  if (existsSync(join(homedir(), cache))) {
    cpSync(join(homedir(), cache), join(home, cache), { recursive: true });
    give(home);
  }
  for (const stage of stages) carryOut(stage);
  makeReadOnly(folderOf(runtime));
}, 10 * 60_000);

afterAll(() => {
  spawnSync('chmod', ['-R', 'u+w', root]);
  rmSync(root, { recursive: true, force: true });
});

test('what runs has no dev dependency, but the bundle of the workflows', () => {
  const { devDependencies } = JSON.parse(readFileSync(join(projectDir, 'package.json'), 'utf8')) as {
    devDependencies: Record<string, string>;
  };
  const { packages } = JSON.parse(readFileSync(join(projectDir, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: true }>;
  };
  const only = Object.keys(devDependencies).filter((name) => packages[`node_modules/${name}`]?.dev);
  expect(only).toContain('jest');
  const has = (path: string) => existsSync(join(workdirOf(runtime), path));
  expect(only.filter((name) => has(`node_modules/${name}`))).toEqual([]);
  expect(has('dist/workflow-bundle.js')).toBe(true);
});

test('it starts, is healthy once it polls, changes no file, and ends by SIGTERM with exit code 0', async () => {
  const runDir = freshRunDir('image');
  const temporal = await TemporalServer.create({ runDir, binary: await provisionTemporal(), headless: true });
  const env: Record<string, string> = {
    ...runtime.env,
    WEIR_CONFIG: await writeConfig(),
    TEMPORAL_ADDRESS: temporal.address,
  };
  const probe = () => {
    const [command, args] = commandOf(runtime.healthcheck ?? [], env);
    return spawnSync(command, args, { cwd: workdirOf(runtime), encoding: 'utf8' });
  };
  expect(probe()).toMatchObject({ status: 1, stderr: expect.stringMatching(/./) });

  await temporal.service.start();
  try {
    const [command, args] = commandOf(runtime.command ?? [], env);
    const worker = await ManagedProcess.start({
      ...{ name: 'worker', runDir, command, args, cwd: workdirOf(runtime) },
    });
    try {
      await worker.ready(() => Promise.resolve(probe().status === 0), {
        what: 'its health check to say that it polls',
        deadlineMs: 60_000,
      });
      expect(worker.output()).toContain('Weir worker is polling');
      expect(worker.output()).not.toContain('there is no workflow bundle');
    } finally {
      await expect(worker.stop(30_000)).resolves.toEqual({ code: 0, signal: null });
    }
    expect(worker.output()).toContain('Weir worker has ended');
  } finally {
    await temporal.service.stop();
  }
}, 120_000);

/** The weir.yaml of docker-compose.yml, on ports that are free here. */
async function writeConfig(): Promise<string> {
  const folder = join(root, 'etc', 'weir');
  makeFolder(folder);
  const file = join(folder, 'weir.yaml');
  let text = readFileSync(join(projectDir, 'deploy', 'weir.yaml'), 'utf8');
  for (const port of ['8088', '9464']) {
    expect(text).toContain(`port: ${port}`);
    text = text.replace(`port: ${port}`, `port: ${await freePort()}`);
  }
  writeFileSync(file, text, { mode: 0o644 });
  return file;
}
