import { until } from '../../src/dev/until';

/** What keeps a Node process alive: timers, sockets, servers, pipes, children; how many of each kind. */
export type Holdings = ReadonlyMap<string, number>;

export function holdings(): Holdings {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}

/** The kinds of which the process holds more than before, once it has had the time to let go (L2). */
export async function leaksSince(before: Holdings, deadlineMs = 5_000): Promise<string[]> {
  const more = () => {
    const grown = [...holdings()].filter(([kind, count]) => count > (before.get(kind) ?? 0));
    // the timer of the look itself
    return grown.filter(([kind, count]) => kind !== 'Timeout' || count > (before.get(kind) ?? 0) + 1);
  };
  await until(() => more().length === 0, { what: 'the process to let go', deadlineMs }).catch(
    () => undefined,
  );
  return more().map(([kind, count]) => `${kind}: ${count}, before ${before.get(kind) ?? 0}`);
}
