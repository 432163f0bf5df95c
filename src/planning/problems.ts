import { z } from 'zod';
import { nearest } from './nearest';

/** What is wrong with something that a person wrote, in our words: zod speaks of types, people of fields. */
export type Problem =
  | {
      readonly kind: 'UNKNOWN_FIELD';
      /** Of the object that has it. */
      readonly path: readonly PropertyKey[];
      readonly key: string;
      readonly valid: readonly string[];
      /** The field that was probably meant. */
      readonly close: string | undefined;
    }
  | {
      readonly kind: 'WRONG_VALUE';
      readonly path: readonly PropertyKey[];
      /** undefined: it is missing. */
      readonly value: unknown;
      /** What is valid, as the end of a sentence: `must be a string`. */
      readonly must: string;
      /** Where it is one of a few words: all of them, and the one that was probably meant. */
      readonly choices: readonly string[];
      readonly close: string | undefined;
    };

export type Checked<T> =
  | { readonly kind: 'VALID'; readonly data: T }
  | { readonly kind: 'INVALID'; readonly problems: readonly Problem[] };

/** Parses what a person wrote; all problems at once. What a schema says of itself counts before our general words. */
export function check<T>(schema: z.ZodType<T>, raw: unknown): Checked<T> {
  const fields = new Map<string, readonly string[]>();
  const parsed = schema.safeParse(raw, {
    error: (issue) => {
      if (issue.code === 'unrecognized_keys') fields.set(keyOf(issue.path ?? []), fieldsOf(issue.inst));
      return must(issue);
    },
  });
  if (parsed.success) return { kind: 'VALID', data: parsed.data };
  const problems = parsed.error.issues.flatMap((issue): Problem[] => {
    const { path } = issue;
    if (issue.code === 'unrecognized_keys') {
      const valid = fields.get(keyOf(path)) ?? [];
      return issue.keys.map((key) => ({
        ...{ kind: 'UNKNOWN_FIELD', path, key, valid, close: nearest(key, valid) },
      }));
    }
    const value = valueAt(raw, path);
    const choices = issue.code === 'invalid_value' ? issue.values.map(String) : [];
    const close = typeof value === 'string' ? nearest(value, choices) : undefined;
    return [{ kind: 'WRONG_VALUE', path, value, must: issue.message, choices, close }];
  });
  return { kind: 'INVALID', problems };
}

/** The problem as one sentence, with what was written: for inputs, which are in the history anyhow. */
export function said(problem: Problem): string {
  if (problem.kind === 'UNKNOWN_FIELD') {
    const name = [...problem.path, problem.key].map(String).join('.');
    return `unknown field "${shortened(name)}"${validFields(problem)}`;
  }
  const { path, value, must, close } = problem;
  const where = path.length > 0 ? `"${path.map(String).join('.')}"` : 'the input';
  const is = value === undefined ? 'missing' : shortened(JSON.stringify(value));
  return `${where} is ${is}; it ${must}${close === undefined ? '' : `; did you mean "${close}"?`}`;
}

/** The end of a sentence about an unknown field. */
export function validFields({ valid, close }: Extract<Problem, { kind: 'UNKNOWN_FIELD' }>): string {
  const hint = close === undefined ? '; valid fields: ' : `; did you mean "${close}"? Valid fields: `;
  return hint + valid.join(', ');
}

function shortened(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

export function valueAt(raw: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (at, key) =>
      typeof at === 'object' && at !== null && Object.hasOwn(at, key) ? Reflect.get(at, key) : undefined,
    raw,
  );
}

function keyOf(path: readonly PropertyKey[]): string {
  return JSON.stringify(path.map(String));
}

function fieldsOf(schema: unknown): readonly string[] {
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

/** Where a schema has no words of its own. */
function must(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${kinds[issue.expected] ?? `of type ${issue.expected}`}`;
    case 'invalid_value':
      return `must be ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}`;
    case 'too_small':
      return issue.origin === 'string' ? 'must not be empty' : undefined;
    case 'invalid_key':
      return 'must have a name that is not empty';
    default:
      return undefined;
  }
}

const kinds: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
};
