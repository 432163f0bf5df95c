const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

/** Where progress is written: standard error, so that output meant for a program stays clean. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/**
 * Shows that `work` goes on: on a terminal one line with the seconds and MB so far, elsewhere one line at the start
 * and one at the end.
 */
export async function withProgress<T>(
  label: string,
  megabytes: () => number,
  work: () => Promise<T>,
  stream: ProgressStream = process.stderr,
): Promise<T> {
  const started = Date.now();
  const so = () => {
    const mb = megabytes();
    return `${Math.round((Date.now() - started) / 1000)} s${mb > 0 ? `, ${mb.toFixed(0)} MB` : ''}`;
  };
  let frame = 0;
  const timer = stream.isTTY
    ? setInterval(() => stream.write(`\r${FRAMES[frame++ % FRAMES.length]} ${label} (${so()})\u001b[K`), 100)
    : undefined;
  if (!stream.isTTY) stream.write(`${label} ...\n`);
  const end = (mark: string) => {
    clearInterval(timer);
    stream.write(`${stream.isTTY ? '\r' : ''}${mark} ${label} (${so()})${stream.isTTY ? '\u001b[K' : ''}\n`);
  };
  try {
    const value = await work();
    end('✓');
    return value;
  } catch (error) {
    end('✗');
    throw error;
  }
}
