import type { NativeConnection } from '@temporalio/worker';
import { searchAttributes } from './contracts/rescale';

/** Temporal's enum value of a Keyword. */
const keyword = 2;

/**
 * Registers Weir's search attributes on the namespace, and checks what is there then: a workflow that upserts one
 * that is missing, or of another type, would hang in a retried task (P28). Registering again is harmless, and with
 * another type it answers OK and keeps the old type, so the answer is not believed.
 *
 * @throws Error naming the attributes that are not keywords and the command that registers them
 */
export async function ensureSearchAttributes(connection: NativeConnection, namespace: string): Promise<void> {
  const { operatorService } = connection;
  const types = Object.fromEntries(searchAttributes.map((name) => [name, keyword]));
  let refusal = '';
  try {
    await operatorService.addSearchAttributes({ namespace, searchAttributes: types });
  } catch (error) {
    refusal = ` (${error instanceof Error ? error.message : String(error)})`;
  }
  const { customAttributes } = await operatorService.listSearchAttributes({ namespace });
  const wrong = searchAttributes.filter((name) => Number(customAttributes[name]) !== keyword);
  if (wrong.length === 0) return;
  const flags = wrong.map((name) => `--name ${name} --type Keyword`).join(' ');
  throw new Error(
    `namespace "${namespace}" lacks the search attributes ${wrong.join(', ')} as keywords${refusal}. ` +
      `Run: temporal operator search-attribute create --namespace ${namespace} ${flags}`,
  );
}
