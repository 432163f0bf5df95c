import type { DeploymentInput } from '../../../src/contracts/deployment';
import { parseResource } from '../../../src/planning/deployment/resource';
import type { ParsedResource } from '../../../src/planning/deployment/resource';

/** Resources as somebody writes them, and what is read of them. */

export const identity = { cluster: 'local', name: 'orders' };
export const smallest: DeploymentInput = {
  metadata: { name: 'orders' },
  spec: { template: { spec: { parallelism: 4, artifact: { jarUri: 'orders.jar' } } } },
};

export function read(raw: unknown, of = identity): Extract<ParsedResource, { kind: 'RESOURCE' }> {
  const parsed = parseResource(raw, of);
  if (parsed.kind !== 'RESOURCE') throw new Error(parsed.problems.join('\n'));
  return parsed;
}

export function refused(raw: unknown, of = identity): readonly string[] {
  const parsed = parseResource(raw, of);
  if (parsed.kind !== 'INVALID') throw new Error(`${JSON.stringify(raw)} was accepted`);
  return parsed.problems;
}

/** The smallest one with these fields in place of its own, by their paths. */
export function having(fields: Readonly<Record<string, unknown>>): object {
  const raw = JSON.parse(JSON.stringify(smallest)) as object;
  for (const [field, value] of Object.entries(fields)) {
    const path = field.split('.');
    let at = raw;
    for (const key of path.slice(0, -1)) {
      if (!Object.hasOwn(at, key)) Reflect.set(at, key, {});
      at = Reflect.get(at, key) as object;
    }
    Reflect.set(at, path.at(-1) ?? '', value);
  }
  return raw;
}
