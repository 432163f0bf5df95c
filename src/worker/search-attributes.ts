import { searchAttributes } from '../contracts/rescale';
import { StartError, said } from './start-error';

/** Temporal's enum value of a Keyword, and the names of the others. */
const keyword = 2;
const types = ['?', 'Text', 'Keyword', 'Int', 'Double', 'Bool', 'Datetime', 'KeywordList'];

type Types = Record<string, number>;

/** Of Temporal's operator service, what is used here. */
export interface Operator {
  addSearchAttributes(request: { namespace: string; searchAttributes: Types }): Promise<unknown>;
  listSearchAttributes(request: {
    namespace: string;
  }): Promise<{ readonly customAttributes: Readonly<Record<string, unknown>> }>;
}

/**
 * Sees to it that the namespace has Weir's search attributes as keywords: a workflow that upserts one that is missing,
 * or of another type, would hang in a retried task (P28). Registers what is missing, and looks again: registering with
 * another type answers OK and keeps the old one, so the answer is not believed.
 *
 * @throws StartError with the command that mends it
 */
export async function ensureSearchAttributes(operator: Operator, namespace: string): Promise<void> {
  const before = await typesOf(operator, namespace);
  const missing = searchAttributes.filter((name) => before[name] === undefined);
  let refusal = '';
  if (missing.length > 0) {
    const wanted = Object.fromEntries(missing.map((name) => [name, keyword]));
    try {
      await operator.addSearchAttributes({ namespace, searchAttributes: wanted });
    } catch (error) {
      refusal = ` Registering them was refused: ${said(error)}`;
    }
  }
  const found = missing.length > 0 ? await typesOf(operator, namespace) : before;
  const wrong = searchAttributes.filter((name) => found[name] !== keyword);
  if (wrong.length > 0) throw new StartError(mend(namespace, wrong, found, refusal));
}

async function typesOf(operator: Operator, namespace: string): Promise<Partial<Types>> {
  try {
    const { customAttributes } = await operator.listSearchAttributes({ namespace });
    return Object.fromEntries(Object.entries(customAttributes).map(([name, type]) => [name, Number(type)]));
  } catch (error) {
    throw new StartError(
      `The search attributes of namespace "${namespace}" cannot be read: ${said(error)}\n` +
        'Check that the namespace exists (TEMPORAL_NAMESPACE) and that these credentials may use it.\n' +
        `Next: temporal operator search-attribute list --namespace ${namespace}`,
    );
  }
}

function mend(namespace: string, wrong: readonly string[], found: Partial<Types>, refusal: string): string {
  const others = wrong.filter((name) => found[name] !== undefined);
  const what = wrong.map((name) =>
    others.includes(name) ? `${name} is of type ${types[found[name] ?? 0] ?? '?'}` : `${name} is missing`,
  );
  const command = (verb: string, flags: readonly string[]) =>
    [`temporal operator search-attribute ${verb} --namespace ${namespace}`, ...flags].join(' ');
  const flags = (names: readonly string[], rest: string) => names.map((name) => `--name ${name}${rest}`);
  const commands = [
    // what is there keeps its type until it is removed
    ...(others.length > 0 ? [command('remove', [...flags(others, ''), '--yes'])] : []),
    command('create', flags(wrong, ' --type Keyword')),
  ];
  return (
    `Namespace "${namespace}" must have ${searchAttributes.join(', ')} as search attributes of type Keyword: ` +
    `${what.join(', ')}.${refusal}\nNext: ${commands.join(' && ')}`
  );
}
