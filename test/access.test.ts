import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { openAccess } from '../src/access';
import { ConfigError, loadConfig, parseConfig } from '../src/config';
import { projectDir } from '../src/dev/paths';
import { TestCa } from './kit/certificates';
import type { Pair } from './kit/certificates';

const secret = 'p1anted-secret';
const env = 'WEIR_TEST_SECRET';

let folder: string;
let ca: TestCa;
let pair: Pair;
const write = (name: string, text: string) => writeFileSync(join(folder, name), text);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-access-'));
  ca = new TestCa(folder);
  pair = ca.issue('client');
  ca.issue('other');
  mkdirSync(join(folder, 'directory'));
  write('token', `${secret}\n`);
  write('empty', '\n');
  write('two-lines', `${secret}\n${secret}\n`);
  write('umlaut', 'ä');
});
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(() => {
  process.env[env] = secret;
});
afterEach(() => {
  delete process.env[env];
});

const yaml = (access: unknown, rest = 'https://flink.example.com') =>
  stringify({ clusters: { eu: { rest, access, savepointRoot: 'file:///sp', artifacts: 'jars' } } });

/** Reads it as the worker does when it starts. */
function load(access: unknown, rest?: string) {
  write('weir.yaml', yaml(access, rest));
  return loadConfig(join(folder, 'weir.yaml')).clusters['eu'];
}

/** Why it is refused: says the file and the place, and never the secret. */
function refused(access: unknown, rest?: string): string {
  try {
    load(access, rest);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    expect(`${error.message} ${error.stack}`).not.toContain(secret);
    const file = `${join(folder, 'weir.yaml')}:`;
    expect(error.message.startsWith(file)).toBe(true);
    return error.message.slice(file.length);
  }
  throw new Error('it was accepted');
}

describe('access', () => {
  const all = {
    ca: 'ca.pem',
    clientCertificate: { cert: 'client.pem', key: 'client.key' },
    basic: { user: 'weir', password: { file: 'token' } },
  };

  test('names files relative to weir.yaml; the config holds their paths, and no secret', () => {
    const cluster = load(all);
    expect(cluster?.access).toEqual({
      ca: ca.cert,
      clientCertificate: pair,
      basic: { user: 'weir', password: { file: join(folder, 'token') } },
    });
    expect(JSON.stringify(cluster)).not.toContain(secret);
  });

  test('opens to what the client of Flink takes', async () => {
    const { tls, credential } = openAccess(load(all)?.access);
    for (const text of [tls?.ca, tls?.cert]) expect(text).toMatch(/^-----BEGIN CERTIFICATE-----/);
    expect(tls?.key).toMatch(/^-----BEGIN PRIVATE KEY-----/);
    const encoded = Buffer.from(`weir:${secret}`).toString('base64');
    expect(await credential?.()).toEqual({ authorization: `Basic ${encoded}`, secrets: [encoded, secret] });
  });

  test('may be a token of the environment', async () => {
    const { tls, credential } = openAccess(load({ bearer: { env } })?.access);
    expect(tls).toEqual({});
    expect(await credential?.()).toEqual({ authorization: `Bearer ${secret}`, secrets: [secret] });
  });

  test('may be left out: then nothing is sent', () => {
    expect(openAccess(load(undefined)?.access)).toEqual({});
    expect(openAccess(load({})?.access)).toEqual({ tls: {}, credential: undefined });
  });

  test('a secret’s file is read each time, so that one that is changed is taken up', async () => {
    write('rotated', 'first');
    const { credential } = openAccess(load({ bearer: { file: 'rotated' } })?.access);
    expect(await credential?.()).toMatchObject({ authorization: 'Bearer first' });
    write('rotated', 'second\n');
    expect(await credential?.()).toMatchObject({ authorization: 'Bearer second' });
    rmSync(join(folder, 'rotated'));
    await expect(credential?.()).rejects.toThrow('rotated');
  });
});

const literal = 'a secret does not stand in weir.yaml: write { env: NAME } or { file: path }';
const mistakes: readonly { it: string; access: unknown; says: string; at: string }[] = [
  { it: 'a token itself', access: { bearer: secret }, says: literal, at: 'bearer' },
  {
    it: 'a password itself',
    access: { basic: { user: 'u', password: secret } },
    says: literal,
    at: 'basic.password',
  },
  {
    it: 'user:password',
    access: { basic: `u:${secret}` },
    says: `needs { user, password }; ${literal}`,
    at: 'basic',
  },
  {
    it: 'a token in the place of a name',
    access: { bearer: { env: secret } },
    says: 'must be the name of an environment variable, such as FLINK_TOKEN',
    at: 'bearer.env',
  },
  {
    it: 'neither env nor file',
    access: { bearer: {} },
    says: 'needs one of { env: NAME } and { file: path }',
    at: 'bearer',
  },
  {
    it: 'both env and file',
    access: { bearer: { env, file: 'token' } },
    says: 'needs one of { env: NAME } and { file: path }',
    at: 'bearer',
  },
  {
    it: 'two credentials',
    access: { bearer: { env }, basic: { user: 'u', password: { env } } },
    says: 'has two credentials, bearer and basic; keep one of them',
    at: '',
  },
  {
    it: 'an unknown field',
    access: { token: secret },
    says: 'unknown field; valid fields: ca, clientCertificate, bearer, basic',
    at: 'token',
  },
  {
    it: 'an unknown field of a secret',
    access: { bearer: { value: secret } },
    says: 'unknown field; valid fields: env, file',
    at: 'bearer.value',
  },
  {
    it: 'a user with a colon',
    access: { basic: { user: 'u:v', password: { env } } },
    says: 'must not be empty nor have a colon in it',
    at: 'basic.user',
  },
  {
    it: 'a certificate without its key',
    access: { clientCertificate: { cert: 'client.pem' } },
    says: 'is missing; it must be a string',
    at: 'clientCertificate.key',
  },
  {
    it: 'a variable that is not set',
    access: { bearer: { env: 'WEIR_TEST_NOT_SET' } },
    says: 'the environment variable WEIR_TEST_NOT_SET is not set; set it for the worker, or use { file: path }',
    at: 'bearer',
  },
  {
    it: 'a file that is not there',
    access: { bearer: { file: 'nope' } },
    says: 'nope cannot be read (ENOENT); relative paths are relative to weir.yaml',
    at: 'bearer',
  },
  {
    it: 'a folder',
    access: { basic: { user: 'u', password: { file: 'directory' } } },
    says: 'directory cannot be read (EISDIR)',
    at: 'basic.password',
  },
  {
    it: 'an empty file',
    access: { bearer: { file: 'empty' } },
    says: 'empty is empty; it must hold the secret alone, on one line',
    at: 'bearer',
  },
  {
    it: 'a file of two lines',
    access: { bearer: { file: 'two-lines' } },
    says: 'holds more than a secret',
    at: 'bearer',
  },
  {
    it: 'a token that no header can hold',
    access: { bearer: { file: 'umlaut' } },
    says: 'holds more than a secret',
    at: 'bearer',
  },
  {
    it: 'a CA that is not there',
    access: { ca: 'nope.pem' },
    says: 'nope.pem cannot be read (ENOENT)',
    at: 'ca',
  },
  {
    it: 'a CA that is no certificate',
    access: { ca: 'client.key' },
    says: 'client.key is no certificate; it must hold PEM (-----BEGIN CERTIFICATE-----)',
    at: 'ca',
  },
  {
    it: 'a key that is no key',
    access: { clientCertificate: { cert: 'client.pem', key: 'token' } },
    says: 'token is no private key that can be read; it must hold PEM (-----BEGIN PRIVATE KEY-----) without a passphrase',
    at: 'clientCertificate.key',
  },
  {
    it: 'a key of another certificate',
    access: { clientCertificate: { cert: 'client.pem', key: 'other.key' } },
    says: 'other.key is not the key of',
    at: 'clientCertificate.key',
  },
];

test.each(mistakes)('$it is refused: what is wrong, where, what is valid', ({ access, says, at }) => {
  const message = refused(access);
  expect(message).toContain(says);
  expect(message).toMatch(new RegExp(`^\\d+: clusters\\.eu\\.access${at === '' ? '' : `\\.${at}`}: `));
});

test('a certificate whose text is cut off is none', () => {
  write('cut.pem', '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n');
  expect(refused({ ca: 'cut.pem' })).toContain('cut.pem is no certificate');
});

test('TLS settings on an http:// address are refused', () => {
  const says =
    'has TLS settings (ca, clientCertificate), but "rest" is not an https:// address; change one of them';
  expect(refused({ ca: 'ca.pem' }, 'http://flink:8081')).toContain(`clusters.eu.access: ${says}`);
  expect(load({ bearer: { env } }, 'http://flink:8081')?.access).toEqual({ bearer: { env } });
});

test.each([
  `https://u:${secret}@flink`,
  `https://${secret}@flink`,
  `https://flink/?token=${secret}`,
  `https://flink#${secret}`,
])('a secret in the address (%#) is refused, with where to put it', (rest) => {
  const message = refused(undefined, rest);
  expect(message).toContain(
    'a credential goes to access: bearer or basic, as { env: NAME } or { file: path }',
  );
  expect(message).toContain('clusters.eu.rest: ');
});

test('a weir.yaml that is not YAML is refused without its text', () => {
  const text = `clusters:\n  eu:\n    access: { bearer: ${secret}\n`;
  expect(() => parseConfig(text, 'weir.yaml')).toThrow(/^weir\.yaml:\d+: is not YAML: /);
  expect(() => parseConfig(text, 'weir.yaml')).not.toThrow(secret);
});

test('the example of docs/access.md is a weir.yaml', () => {
  const page = readFileSync(join(projectDir, 'docs', 'access.md'), 'utf8');
  const example = /```yaml\n(.+?)```/s.exec(page)?.[1] ?? '';
  const { clusters } = parseConfig(example, join(folder, 'weir.yaml'));
  expect(clusters['eu']?.access).toEqual({
    ca: join(folder, 'certs', 'ca.pem'),
    clientCertificate: { cert: join(folder, 'certs', 'weir.pem'), key: join(folder, 'certs', 'weir.key') },
    basic: { user: 'weir', password: { env: 'FLINK_PASSWORD' } },
  });
  const other = example.replace(/^ +basic: .*$/m, '').replace('# bearer:', 'bearer:');
  expect(parseConfig(other, 'weir.yaml').clusters['eu']?.access?.bearer).toEqual({
    file: '/run/secrets/flink-token',
  });
});
