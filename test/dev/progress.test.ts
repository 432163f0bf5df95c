import { withProgress } from '../../src/dev/progress';
import { until } from '../../src/dev/until';

function stream(isTTY: boolean) {
  const written: string[] = [];
  return { isTTY, written, write: (text: string) => written.push(text) };
}

test('off a terminal there is one line at the start and one at the end', async () => {
  const out = stream(false);
  expect(
    await withProgress(
      'Downloading Flink',
      () => 88.4,
      () => Promise.resolve('jars'),
      out,
    ),
  ).toBe('jars');
  expect(out.written).toEqual(['Downloading Flink ...\n', '✓ Downloading Flink (0 s, 88 MB)\n']);
});

test('on a terminal one line shows the MB so far and is written over', async () => {
  const out = stream(true);
  let mb = 0;
  const work = () => until(() => (mb += 10) > 30, { what: 'some work', deadlineMs: 5000, pollMs: 60 });
  await withProgress('Downloading', () => mb, work, out);
  const frames = out.written.slice(0, -1);
  expect(frames.length).toBeGreaterThan(0);
  for (const frame of frames) expect(frame).toMatch(/^\r. Downloading \(0 s, \d+ MB\)\u001b\[K$/);
  expect(out.written.at(-1)).toBe('\r✓ Downloading (0 s, 40 MB)\u001b[K\n');
});

test('a failure is marked, and thrown on', async () => {
  const out = stream(false);
  const failing = withProgress(
    'Downloading',
    () => 0,
    () => Promise.reject(new Error('connection lost')),
    out,
  );
  await expect(failing).rejects.toThrow('connection lost');
  expect(out.written.at(-1)).toBe('✗ Downloading (0 s)\n');
});
