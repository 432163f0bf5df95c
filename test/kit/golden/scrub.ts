/**
 * What a history says of the machine that it was recorded on, and no replay reads: who polled and who asked
 * (`pid@host`), queues and caches of one worker, and the stack traces of failures.
 */
const told: { readonly [field: string]: string } = {
  identity: 'recorder',
  stackTrace: '',
  workerInstanceKey: '',
  workerControlTaskQueue: '',
};

/** A worker's own queue: `pid@host-<task queue>-<uuid>`. */
const stickyQueue = /^\d+@/;

/** The same history, free of it. */
export function scrub(json: unknown): unknown {
  if (typeof json === 'string') return stickyQueue.test(json) ? 'sticky' : json;
  if (Array.isArray(json)) return json.map(scrub);
  if (typeof json !== 'object' || json === null) return json;
  return Object.fromEntries(
    Object.entries(json).map(([field, value]) => [
      field,
      typeof value === 'string' ? (told[field] ?? scrub(value)) : scrub(value),
    ]),
  );
}

/** Those of the words that the history still contains, payloads included. */
export function unclean(json: unknown, words: readonly string[]): string[] {
  const texts = textsOf(json);
  return words.filter((word) => texts.some((text) => text.includes(word)));
}

/** Every text in it; payloads decoded. */
function textsOf(json: unknown): string[] {
  if (typeof json === 'string') return [json];
  if (typeof json !== 'object' || json === null) return [];
  return Object.entries(json).flatMap(([field, value]) =>
    field === 'data' && typeof value === 'string'
      ? [Buffer.from(value, 'base64').toString('utf8')]
      : textsOf(value),
  );
}
