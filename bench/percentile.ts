/** The value that `p` per cent of them are below; NaN of none. */
export function percentile(of: readonly number[], p: number): number {
  const sorted = [...of].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * p) / 100))] ?? NaN;
}
