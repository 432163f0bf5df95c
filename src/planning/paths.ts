/**
 * Snapshot paths as Flink reads them. One place has many spellings (`file:/a`, `file:///a`, `/a`, `/b/../a`), so paths
 * are compared by their normal form only.
 */

/**
 * `scheme://authority/path` by the rules of Flink's own `Path`: `.`, `..` and doubled slashes are resolved, a backslash
 * is a slash, and a percent sign is only a percent sign (`%2F` is three characters of a name). A path that does not
 * begin at a root stays apart from all that do: where it leads depends on the JobManager.
 */
export function normalisePath(path: string): string {
  const match = /^(?:([a-z][a-z0-9+.-]*):)?(?:\/\/([^/]*))?(.*)$/is.exec(path);
  const scheme = (match?.[1] ?? 'file').toLowerCase();
  const authority = match?.[2];
  const written = (match?.[3] ?? '').replaceAll('\\', '/');
  const segments: string[] = [];
  for (const segment of written.split('/')) {
    if (segment === '..') segments.pop();
    else if (segment !== '' && segment !== '.') segments.push(segment);
  }
  const absolute = authority !== undefined || written.startsWith('/');
  return absolute ? `${scheme}://${authority ?? ''}/${segments.join('/')}` : `${scheme}:${written}`;
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
