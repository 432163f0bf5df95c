import { connect, createServer } from 'node:net';

/** Ports given out by this process: two callers in a row must not get the same one before either listens. */
const given = new Set<number>();

/** A port on 127.0.0.1 that nobody listens on now, and that this process gets only once. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = await listenOnce(0);
    if (port !== undefined && !given.has(port)) {
      given.add(port);
      return port;
    }
  }
}

/** The usual port of a service if it is free, else a free one. */
export async function usualOrFree(usual: number): Promise<number> {
  if (!given.has(usual) && (await listenOnce(usual)) === usual) {
    given.add(usual);
    return usual;
  }
  return freePort();
}

/** Whether something listens on a port of 127.0.0.1. */
export function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => end(true)).once('error', () => end(false));
  });
}

/**
 * Listens on a port (0: on any) for a moment, and returns it; undefined if somebody has it.
 *
 * The one connection that the listening side ends first stays in TIME_WAIT (60 s on Linux), and in that time the system
 * gives the port to nobody who asks for any port; whoever asks for this one, with SO_REUSEADDR as servers do, gets it.
 * Without it, another process could have it before ours listens. https://github.com/temporalio/cli/pull/564
 */
function listenOnce(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer((accepted) => accepted.resume().end());
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      if (address === null || typeof address === 'string') throw new Error('no port of a TCP server');
      const bound = address.port;
      connect({ port: bound, host: '127.0.0.1' })
        .resume()
        .once('error', () => server.close(() => resolve(undefined)))
        .once('close', () => server.close(() => resolve(bound)));
    });
  });
}
