/**
 * Tests that run at the same moment, each on a job of its own, so that a file takes as long as its longest one. What
 * concerns the whole cluster (a lost JobManager, say) stays a test of its own.
 */
export function together(cases: Readonly<Record<string, () => Promise<void>>>, timeoutMs: number): void {
  const running = new Map<string, Promise<void>>();
  beforeAll(() => {
    for (const [name, run] of Object.entries(cases)) {
      const ended = run();
      ended.catch(() => undefined); // its test tells
      running.set(name, ended);
    }
  });
  for (const name of Object.keys(cases)) test(name, async () => running.get(name), timeoutMs);
}
