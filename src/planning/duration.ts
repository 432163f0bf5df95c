/** A duration as Flink's configuration has it, in ms: `30 s`, `500ms`, `1 min`, `PT30S`, `10000`. Undefined: none that is known. */
export function durationMs(text: string): number | undefined {
  const iso = /^PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?$/i.exec(text.trim());
  if (iso !== null) {
    const [hours, minutes, seconds] = iso.slice(1).map((part) => Number(part ?? 0));
    return ((hours ?? 0) * 60 + (minutes ?? 0)) * 60_000 + (seconds ?? 0) * 1_000;
  }
  const [, count, unit = ''] = /^(\d+)\s*([a-zµ]*)$/i.exec(text.trim()) ?? [];
  const factor = units.find(({ names }) => names.test(unit))?.ms;
  return count === undefined || factor === undefined ? undefined : Number(count) * factor;
}

const units = [
  { names: /^(|ms|millis?|milliseconds?)$/i, ms: 1 },
  { names: /^(s|sec|secs|seconds?)$/i, ms: 1_000 },
  { names: /^(m|min|minutes?)$/i, ms: 60_000 },
  { names: /^(h|hours?)$/i, ms: 3_600_000 },
  { names: /^(d|days?)$/i, ms: 86_400_000 },
  { names: /^(µs|micros?|microseconds?)$/i, ms: 1 / 1_000 },
  { names: /^(ns|nanos?|nanoseconds?)$/i, ms: 1 / 1_000_000 },
];
