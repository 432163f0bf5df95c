/**
 * Everything between a fresh clone and a compiled project. Plain Node without dependencies: node_modules may not be
 * there yet. `node scripts/prepare.mjs --check` only tells which prerequisites are missing.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const projectDir = dirname(dirname(fileURLToPath(import.meta.url)));

/** The version in what a program prints, or undefined if it cannot be run (or fails, as macOS's stand-in for javac does). */
function versionOf(command, args, pattern) {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  return status === 0 ? pattern.exec(stdout + stderr)?.[1] : undefined;
}

function atLeast(version, wanted) {
  if (version === undefined) return false;
  const [found, least] = [version, wanted].map((text) => text.split('.').map(Number));
  for (let i = 0; i < least.length; i++) {
    if ((found[i] ?? 0) !== least[i]) return (found[i] ?? 0) > least[i];
  }
  return true;
}

/** The minor version of the Temporal CLI that the local stack is pinned to: versions.ts is the one place that knows. */
function temporalWanted() {
  const versions = readFileSync(join(projectDir, 'src', 'dev', 'versions.ts'), 'utf8');
  return /TEMPORAL_CLI = '(\d+\.\d+)/.exec(versions)[1];
}

/** What is missing on this machine, each with why and how to get it. */
function missing() {
  const { JAVA_HOME } = process.env;
  const javac = JAVA_HOME ? join(JAVA_HOME, 'bin', 'javac') : 'javac';
  const java = versionOf(javac, ['-version'], /javac (\d+(?:\.\d+)*)/);
  const maven = versionOf('mvn', ['-v'], /Apache Maven (\d+(?:\.\d+)*)/);
  const pip = () =>
    versionOf('python3', ['-m', 'pip', '--version'], /pip (\S+)/) ??
    versionOf('pip3', ['--version'], /pip (\S+)/);
  const temporal = versionOf('temporal', ['--version'], /(\d+(?:\.\d+)+)/);
  const found = (version) => (version === undefined ? 'none found' : `found ${version}`);
  return [
    atLeast(process.versions.node, '20.3') || {
      what: `Node.js >= 20.3 (${found(process.versions.node)})`,
      debian: 'apt-get install nodejs, where that is new enough; else from https://nodejs.org',
      macos: 'brew install node',
    },
    atLeast(java, '11') || {
      what: `a JDK >= 11 with javac (${JAVA_HOME ? `JAVA_HOME is ${JAVA_HOME}: ` : ''}${found(java)})`,
      debian: 'apt-get install default-jdk-headless',
      macos: 'brew install openjdk, then follow its note on JAVA_HOME',
    },
    atLeast(maven, '3.6.3') || {
      what: `Maven >= 3.6.3 (${found(maven)})`,
      debian: 'apt-get install maven',
      macos: 'brew install maven',
    },
    atLeast(temporal, temporalWanted()) ||
      pip() !== undefined || {
        what: `pip for Python 3, or the Temporal CLI >= ${temporalWanted()} on the PATH (${found(temporal)})`,
        debian: 'apt-get install python3-pip',
        macos: 'brew install python, or brew install temporal',
      },
  ].filter((entry) => entry !== true);
}

/** Says all that is missing at once, and ends the program, before anything else is done. */
function checkPrerequisites() {
  const gaps = missing();
  if (gaps.length === 0) return;
  console.error('Weir needs these on this machine, and they are missing:\n');
  for (const { what, debian, macos } of gaps) {
    console.error(`  ${what}\n      Debian, Ubuntu: ${debian}\n      macOS: ${macos}\n`);
  }
  process.exit(1);
}

/** Runs a command in the project to its end and returns its exit code; a signal that ends us ends it too. */
export function run(command, args, env = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: projectDir,
      stdio: 'inherit',
      env: { ...process.env, ...env },
    });
    // Ctrl-C reaches the child from the terminal by itself; wait for it to end, then end as well.
    let ended;
    const onSignal = (signal) => {
      ended = signal === 'SIGINT' ? 130 : 143;
      if (signal !== 'SIGINT') child.kill(signal);
    };
    process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
    child.once('error', reject);
    child.once('close', (code) => {
      process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
      if (ended !== undefined) process.exit(ended);
      resolve(code ?? 1);
    });
  });
}

async function step(title, command, args) {
  console.error(title);
  const code = await run(command, args);
  if (code !== 0) process.exit(code);
}

function dependenciesAreStale() {
  const installed = join(projectDir, 'node_modules', '.package-lock.json');
  return (
    !existsSync(installed) ||
    statSync(installed).mtimeMs < statSync(join(projectDir, 'package-lock.json')).mtimeMs
  );
}

/** Prerequisites, npm dependencies, compiled TypeScript. Ends the program with an exit code if one of them fails. */
export async function prepare() {
  checkPrerequisites();
  if (dependenciesAreStale()) {
    await step('Installing npm dependencies ...', 'npm', ['ci', '--include=dev', '--no-audit', '--no-fund']);
  }
  await step('Compiling ...', 'npm', ['run', '--silent', 'build']);
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  if (process.argv.includes('--check')) checkPrerequisites();
  else await prepare();
}
