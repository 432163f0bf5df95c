/** npm passes a Ctrl-C on that the terminal has sent us already: two within this time (ms) are one. */
const ECHO_MS = 1000;

/**
 * Resolves with the first SIGINT, SIGTERM or SIGHUP, so that the program can end what it started; from the first
 * call on those signals no longer end it by themselves. A person who asks again, later than a second, is obeyed at once.
 */
export function interrupted(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let first: number | undefined;
    const onSignal = (signal: NodeJS.Signals) => {
      first ??= Date.now();
      if (Date.now() - first > ECHO_MS) process.exit(130);
      resolve(signal);
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  });
}
