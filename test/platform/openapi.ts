import { Ajv } from 'ajv';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Judges requests by Kubernetes' published OpenAPI document: the part of it that is in this folder. */

interface Parameter {
  readonly name: string;
  readonly in: 'body' | 'path' | 'query';
  readonly schema?: { readonly $ref: string };
}
interface Operation {
  readonly consumes: readonly string[];
  readonly parameters?: readonly Parameter[];
}
interface PathItem {
  readonly parameters: readonly Parameter[];
  readonly get: Operation;
  readonly put: Operation;
  readonly patch: Operation;
}
interface Schema {
  readonly properties?: Readonly<Record<string, unknown>>;
}

const { paths, definitions } = JSON.parse(
  readFileSync(join(__dirname, 'kubernetes-openapi.json'), 'utf8'),
) as {
  readonly paths: Readonly<Record<string, PathItem>>;
  readonly definitions: Readonly<Record<string, Schema>>;
};

/** The document lets a body have any other fields; a server drops them with a warning. Here they are mistakes. */
const closed = Object.entries(definitions).map(([name, schema]) => [
  name,
  schema.properties === undefined ? schema : { ...schema, additionalProperties: false },
]);

const isInteger = (bits: bigint) => (value: number) =>
  Number.isInteger(value) && BigInt(value) >= -(2n ** (bits - 1n)) && BigInt(value) < 2n ** (bits - 1n);

const ajv = new Ajv({
  strict: false,
  formats: {
    int32: { type: 'number', validate: isInteger(32n) },
    int64: { type: 'number', validate: isInteger(64n) },
    'date-time': (text: string) => !Number.isNaN(Date.parse(text)),
  },
});
ajv.addSchema({ $id: 'kubernetes', definitions: Object.fromEntries(closed) as Record<string, Schema> });

export interface Sent {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly contentType: string | undefined;
  readonly body: string;
}

/** What of a request the document does not allow. */
export function violationsOf({ method, path, contentType, body }: Sent): string[] {
  const { pathname, searchParams } = new URL(path, 'https://kubernetes');
  const item = Object.entries(paths).find(([template]) => matches(template, pathname))?.[1];
  if (item === undefined) return [`there is no path ${pathname}`];
  const operation = operationOf(item, method);
  if (operation === undefined) return [`there is no ${method} of ${pathname}`];

  const parameters = [...item.parameters, ...(operation.parameters ?? [])];
  const queries = parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => name);
  const unknown = [...searchParams.keys()].filter((name) => !queries.includes(name));
  const schema = parameters.find((parameter) => parameter.in === 'body')?.schema;
  return [
    ...unknown.map((name) => `${method} has no query parameter ${name}`),
    ...(schema === undefined ? [] : contentViolations(operation, contentType)),
    ...bodyViolations(schema, body),
  ];
}

function matches(template: string, pathname: string): boolean {
  return new RegExp(`^${template.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(pathname);
}

function operationOf(item: PathItem, method: string): Operation | undefined {
  switch (method) {
    case 'GET':
      return item.get;
    case 'PUT':
      return item.put;
    case 'PATCH':
      return item.patch;
    default:
      return undefined;
  }
}

function contentViolations({ consumes }: Operation, contentType = 'no content type'): string[] {
  // The document has `*/*` for a PUT. What is sent here is JSON, and must be said to be.
  const allowed = consumes.map((type) => (type === '*/*' ? 'application/json' : type));
  return allowed.includes(contentType) ? [] : [`${contentType} is none of ${allowed.join(', ')}`];
}

function bodyViolations(schema: Parameter['schema'], body: string): string[] {
  if (schema === undefined) return body === '' ? [] : ['it has a body'];
  const isValid = ajv.compile({ $ref: `kubernetes${schema.$ref}` });
  return isValid(JSON.parse(body)) ? [] : [ajv.errorsText(isValid.errors)];
}
