import { searchAttributes } from '../../src/contracts/rescale';
import { ensureSearchAttributes } from '../../src/worker/search-attributes';
import type { Operator } from '../../src/worker/search-attributes';
import { StartError } from '../../src/worker/start-error';

const [keyword, int] = [2, 3];
const all = Object.fromEntries(searchAttributes.map((name) => [name, keyword]));

/** A namespace with these attributes. As Temporal's own, it answers OK to another type, and keeps the old one. */
function namespace(there: Record<string, number>, refusal?: string) {
  const added: string[] = [];
  const operator: Operator = {
    addSearchAttributes: ({ searchAttributes: wanted }) => {
      if (refusal !== undefined) return Promise.reject(new Error(refusal));
      added.push(...Object.keys(wanted));
      there = { ...wanted, ...there };
      return Promise.resolve();
    },
    listSearchAttributes: () => Promise.resolve({ customAttributes: there }),
  };
  return { operator, added };
}

async function refused(operator: Operator): Promise<string> {
  const error: unknown = await ensureSearchAttributes(operator, 'orders').catch((why: unknown) => why);
  if (!(error instanceof StartError)) throw new Error(`not refused: ${String(error)}`);
  return error.message;
}

test('those that are missing are registered', async () => {
  const { operator, added } = namespace({ WeirJob: keyword, Other: int });
  await ensureSearchAttributes(operator, 'orders');
  expect(added).toEqual(['WeirCluster', 'WeirPhase', 'WeirOutcome']);
});

test('where all are there nothing is registered: that needs no permission', async () => {
  const { operator, added } = namespace(all, 'PERMISSION_DENIED');
  await ensureSearchAttributes(operator, 'orders');
  expect(added).toEqual([]);
});

test('one of another type: the message says which, and the command that mends it', async () => {
  const message = await refused(namespace({ ...all, WeirPhase: int }).operator);
  expect(message).toContain('WeirPhase is of type Int');
  expect(message.split('\nNext: ')[1]).toBe(
    'temporal operator search-attribute remove --namespace orders --name WeirPhase --yes && ' +
      'temporal operator search-attribute create --namespace orders --name WeirPhase --type Keyword',
  );
});

test('registration that is not permitted: the reason, and the command for somebody who may', async () => {
  const { operator } = namespace({ WeirCluster: keyword, WeirJob: keyword }, 'PERMISSION_DENIED: no');
  const message = await refused(operator);
  expect(message).toContain('WeirPhase is missing, WeirOutcome is missing');
  expect(message).toContain('Registering them was refused: PERMISSION_DENIED: no');
  expect(message.split('\nNext: ')[1]).toBe(
    'temporal operator search-attribute create --namespace orders ' +
      '--name WeirPhase --type Keyword --name WeirOutcome --type Keyword',
  );
});

test('a namespace that is not there, or must not be looked at: what to check', async () => {
  const listSearchAttributes = () => Promise.reject(new Error('Namespace orders is not found.'));
  const message = await refused({ ...namespace({}).operator, listSearchAttributes });
  expect(message).toContain('Namespace orders is not found.');
  expect(message).toContain('TEMPORAL_NAMESPACE');
});
