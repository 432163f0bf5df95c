import { until } from '../../src/dev/until';
import { watchAttention } from '../../src/worker/attention';

test('the gauge follows what Temporal lists; a list that is not given leaves it, and is warned of once', async () => {
  const answers = [['a', 'a', 'gone'], ['a'], new Error('down'), new Error('down'), []];
  const seen: string[] = [];
  const warnings: unknown[] = [];
  const end = new AbortController();
  const watching = watchAttention({
    clusters: ['a', 'b'],
    list: () => {
      const answer = answers.shift() ?? [];
      if (answers.length === 0) end.abort();
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
    gauge: { set: (value, tags) => seen.push(`${String(tags?.['cluster'])}=${value}`) },
    log: { warn: (_message, meta) => warnings.push(meta?.['why']) },
    everyMs: 1,
    signal: end.signal,
  });
  await until(() => end.signal.aborted, { what: 'all answers to be used', deadlineMs: 10_000 });
  await watching;
  expect(seen).toEqual(['a=2', 'b=0', 'a=1', 'b=0', 'a=0', 'b=0']);
  expect(warnings).toEqual(['down']);
});
