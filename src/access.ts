import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { z } from 'zod';
import type { Credential, FlinkOptions, Tls } from './flink/http';

/**
 * What lets Weir through to a cluster's REST API: `access` in weir.yaml. It says where secrets are, and never holds one.
 *
 * A secret's file is read before each call to Flink, so one that is changed is taken up at once. Certificates and
 * environment variables are read when the worker starts.
 */

const path = z.string().min(1);

/** Upper case, so that a secret that was written in the name's place is refused without being repeated. */
const variable = z
  .string()
  .regex(/^[A-Z_][A-Z0-9_]*$/, 'must be the name of an environment variable, such as FLINK_TOKEN');

const where = 'a secret does not stand in weir.yaml: write { env: NAME } or { file: path }';

const secretSchema = z
  .strictObject({ env: variable.optional(), file: path.optional() }, { error: notAnObject(where) })
  .refine(({ env, file }) => (env === undefined) !== (file === undefined), {
    error: 'needs one of { env: NAME } and { file: path }',
  });

export const accessSchema = z
  .strictObject({
    /** PEM: the certificates that sign the server's. Instead of those that Node trusts. */
    ca: path.optional(),
    /** PEM; the key without a passphrase. */
    clientCertificate: z.strictObject({ cert: path, key: path }).optional(),
    bearer: secretSchema.optional(),
    basic: z
      .strictObject(
        {
          user: z.string().regex(/^[^:\p{Cc}]+$/u, 'must not be empty nor have a colon in it'),
          password: secretSchema,
        },
        { error: notAnObject(`needs { user, password }; ${where}`) },
      )
      .optional(),
  })
  .refine(({ bearer, basic }) => bearer === undefined || basic === undefined, {
    error: 'has two credentials, bearer and basic; keep one of them',
  });

export type Access = z.infer<typeof accessSchema>;
type Secret = z.infer<typeof secretSchema>;

function notAnObject(text: string) {
  return (issue: { readonly code?: string }) => (issue.code === 'invalid_type' ? text : undefined);
}

/** `access` cannot be used: the field in it, what is wrong, and what to do. Never what a secret is. */
export class AccessError extends Error {
  override readonly name = 'AccessError';
  constructor(
    readonly field: string,
    message: string,
  ) {
    super(message);
  }
}

/** With absolute paths: they are relative to the folder of weir.yaml. */
export function anchoredAccess(access: Access, folder: string): Access {
  const { ca, clientCertificate, bearer, basic } = access;
  const at = (secret: Secret): Secret =>
    secret.file === undefined ? secret : { file: resolve(folder, secret.file) };
  return {
    ...(ca && { ca: resolve(folder, ca) }),
    ...(clientCertificate && {
      clientCertificate: {
        cert: resolve(folder, clientCertificate.cert),
        key: resolve(folder, clientCertificate.key),
      },
    }),
    ...(bearer && { bearer: at(bearer) }),
    ...(basic && { basic: { ...basic, password: at(basic.password) } }),
  };
}

/**
 * Reads what `access` names, and checks it. Without `access`: nothing is needed.
 *
 * @throws AccessError
 */
export function openAccess(access: Access | undefined): Pick<FlinkOptions, 'tls' | 'credential'> {
  if (access === undefined) return {};
  return { tls: tlsOf(access), credential: credentialOf(access) };
}

function tlsOf({ ca, clientCertificate }: Access): Tls {
  return {
    ...(ca !== undefined && { ca: certificateIn('ca', ca) }),
    ...(clientCertificate && pairOf(clientCertificate)),
  };
}

/** The text of a file of certificates, each of them readable. */
function certificateIn(field: string, file: string): string {
  const text = textOf(field, file);
  const blocks = text.match(/-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----/gs) ?? [];
  try {
    if (blocks.map((block) => new X509Certificate(block)).length > 0) return text;
  } catch {
    // said below
  }
  throw new AccessError(
    field,
    `${file} is no certificate; it must hold PEM (-----BEGIN CERTIFICATE-----). ` +
      'To turn DER into PEM: openssl x509 -inform der',
  );
}

function pairOf(files: { readonly cert: string; readonly key: string }): { cert: string; key: string } {
  const cert = certificateIn('clientCertificate.cert', files.cert);
  const field = 'clientCertificate.key';
  const key = textOf(field, files.key);
  let parsed;
  try {
    parsed = createPrivateKey(key);
  } catch {
    throw new AccessError(
      field,
      `${files.key} is no private key that can be read; it must hold PEM (-----BEGIN PRIVATE KEY-----) without a ` +
        'passphrase. To take a passphrase off: openssl pkey -in <file>',
    );
  }
  if (new X509Certificate(cert).checkPrivateKey(parsed)) return { cert, key };
  throw new AccessError(
    field,
    `${files.key} is not the key of ${files.cert}, whose first certificate must be the client's own`,
  );
}

function credentialOf({ bearer, basic }: Access): FlinkOptions['credential'] {
  if (bearer !== undefined) {
    return reading('bearer', bearer, /^[\x21-\x7e]+$/, (token) => ({
      authorization: `Bearer ${token}`,
      secrets: [token],
    }));
  }
  if (basic === undefined) return undefined;
  return reading('basic.password', basic.password, /^\P{Cc}+$/u, (password) => {
    const encoded = Buffer.from(`${basic.user}:${password}`, 'utf8').toString('base64');
    return { authorization: `Basic ${encoded}`, secrets: [encoded, password] };
  });
}

function reading(
  field: string,
  { env, file }: Secret,
  shape: RegExp,
  asCredential: (value: string) => Credential,
): () => Promise<Credential> {
  const credentialIn = (text: string, source: string) => {
    // an editor's newline at its end is not of it
    const value = text.replace(/\r?\n$/, '');
    if (shape.test(value)) return asCredential(value);
    const what =
      value === '' ? 'is empty' : 'holds more than a secret (several lines, or letters that none has)';
    throw new AccessError(field, `${source} ${what}; it must hold the secret alone, on one line`);
  };
  if (file !== undefined) {
    credentialIn(textOf(field, file), file);
    return async () => credentialIn(await readFile(file, 'utf8'), file);
  }
  const source = `the environment variable ${env}`;
  const value = env === undefined ? undefined : process.env[env];
  if (value === undefined)
    throw new AccessError(field, `${source} is not set; set it for the worker, or use { file: path }`);
  const credential = credentialIn(value, source);
  return () => Promise.resolve(credential);
}

function textOf(field: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const why =
      typeof error === 'object' && error !== null && 'code' in error ? ` (${String(error.code)})` : '';
    throw new AccessError(
      field,
      `${file} cannot be read${why}; relative paths are relative to weir.yaml, and the worker's user must be able to read it`,
    );
  }
}
