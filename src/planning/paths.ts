/**
 * Snapshot paths as Flink writes them. One place has many spellings (`file:/a`, `file:///a`, `/a`, `/b/../a`), so
 * paths are compared by their normal form only.
 */

/** `scheme://authority/path`, percent-decoded, with `.`, `..` and doubled slashes resolved. */
export function normalisePath(path: string): string {
  const match = /^(?:([a-z][a-z0-9+.-]*):)?(?:\/\/([^/]*))?(.*)$/is.exec(path);
  const scheme = (match?.[1] ?? 'file').toLowerCase();
  const authority = match?.[2] ?? '';
  const segments: string[] = [];
  for (const segment of decode(match?.[3] ?? '').split('/')) {
    if (segment === '..') segments.pop();
    else if (segment !== '' && segment !== '.') segments.push(segment);
  }
  return `${scheme}://${authority}/${segments.join('/')}`;
}

export function samePath(a: string, b: string): boolean {
  return normalisePath(a) === normalisePath(b);
}

/** Whether `path` is `root` or below it, once both are normalised: `root/../x` is not. */
export function isBelow(root: string, path: string): boolean {
  const base = normalisePath(root).replace(/\/$/, '');
  const candidate = normalisePath(path);
  return candidate === base || candidate.startsWith(`${base}/`);
}

/** One directory a try, so that a savepoint whose path was lost can be told from any other (P16). */
export function tryDirectory(directory: string, triggerId: string): string {
  return `${directory.replace(/\/+$/, '')}/${triggerId}`;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
