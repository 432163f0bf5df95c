/**
 * A JSON merge patch (RFC 7396): an object's fields are merged one by one, null takes a field away, anything else (a
 * list too) replaces what was there. Neither argument is changed.
 */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const merged = new Map<string, unknown>(isObject(target) ? Object.entries(target) : []);
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) merged.delete(key);
    else merged.set(key, mergePatch(merged.get(key), value));
  }
  return Object.fromEntries(merged); // defines fields: a key such as __proto__ stays one
}

/** Without the field at that path; the target is not changed. */
export function withoutField(target: unknown, path: readonly PropertyKey[]): unknown {
  return mergePatch(
    target,
    path.reduceRight<unknown>((inner, key) => ({ [String(key)]: inner }), null),
  );
}

export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
