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

function listenOnce(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      const bound = typeof address === 'object' && address !== null ? address.port : undefined;
      server.close(() => resolve(bound));
    });
  });
}
