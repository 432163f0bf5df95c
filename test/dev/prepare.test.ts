import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { projectDir } from '../../src/dev/paths';
import { TEMPORAL_CLI } from '../../src/dev/versions';
import { scratchDir } from '../kit/child';
import { fakeTools } from '../kit/fake-tools';

const JAVAC = { javac: 'echo "javac 17.0.15"' };
const MAVEN = { mvn: 'echo "Apache Maven 3.8.7"' };
const PIP = { python3: 'echo "pip 23.2.1 from somewhere (python 3.11)"' };
const TEMPORAL = { temporal: `echo "temporal version ${TEMPORAL_CLI} (Server 1.32.0, UI 2.54.1)"` };

let folder: string;
beforeEach(() => {
  folder = scratchDir();
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Checks a machine on which there are only these tools. */
function check(tools: Record<string, string>, env: Record<string, string> = {}) {
  const PATH = fakeTools(folder, tools);
  const script = join(projectDir, 'scripts', 'prepare.mjs');
  return spawnSync(process.execPath, [script, '--check'], { env: { PATH, ...env }, encoding: 'utf8' });
}

test.each([
  ['a JDK, Maven and pip', { ...JAVAC, ...MAVEN, ...PIP }],
  ['a JDK, Maven and pip3', { ...JAVAC, ...MAVEN, pip3: 'echo "pip 23.0 from somewhere"' }],
  ['a JDK, Maven and a new enough temporal', { ...JAVAC, ...MAVEN, ...TEMPORAL }],
])('%s are enough', (_, tools) => {
  const { status, stderr } = check(tools);
  expect(stderr).toBe('');
  expect(status).toBe(0);
});

test('everything that is missing is said at once, each with how to get it on Debian and macOS', () => {
  const { status, stderr } = check({});
  expect(status).toBe(1);
  expect(stderr).toMatch(
    /a JDK >= 11 with javac \(none found\)\n.*apt-get install default-jdk.*\n.*brew install openjdk/,
  );
  expect(stderr).toMatch(/Maven >= 3\.6\.3 \(none found\)\n.*apt-get install maven\n.*brew install maven/);
  expect(stderr).toMatch(/pip for Python 3.*\n.*apt-get install python3-pip\n.*brew install/);
  expect(stderr).not.toContain('Node.js');
});

test.each([
  [
    'javac "1.8.0_402"',
    { ...MAVEN, ...PIP, javac: 'echo "javac 1.8.0_402" >&2' },
    'a JDK >= 11 with javac (found 1.8.0)',
  ],
  [
    'a javac that only tells where to get one',
    { ...MAVEN, ...PIP, javac: 'echo "Unable to locate a Java Runtime" >&2; exit 1' },
    'a JDK >= 11 with javac (none found)',
  ],
  ['Maven 3.5.4', { ...JAVAC, ...PIP, mvn: 'echo "Apache Maven 3.5.4"' }, 'Maven >= 3.6.3 (found 3.5.4)'],
  [
    'an old temporal without pip',
    { ...JAVAC, ...MAVEN, temporal: 'echo "temporal version 1.4.0"' },
    'pip for Python 3, or the Temporal CLI >= 1.9 on the PATH (found 1.4.0)',
  ],
])('%s is not enough', (_, tools, message) => {
  const { status, stderr } = check(tools);
  expect(status).toBe(1);
  expect(stderr).toContain(message);
  expect(stderr.match(/Debian, Ubuntu/g)).toHaveLength(1);
});

test('a JAVA_HOME that holds no JDK is named, whatever the PATH has', () => {
  const { status, stderr } = check({ ...JAVAC, ...MAVEN, ...PIP }, { JAVA_HOME: '/no/jdk' });
  expect(status).toBe(1);
  expect(stderr).toContain('JAVA_HOME is /no/jdk: none found');
});
