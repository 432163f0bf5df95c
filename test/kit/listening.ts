import { once } from 'node:events';
import type { Server } from 'node:net';

/** Servers of tests: on a free port of this machine, and gone when a test ends. */

/** Its port is another one each time. */
export async function listen(server: Server): Promise<void> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
}

/** Ends it with its connections. No effect if it does not listen. */
export async function endServer(server: Server & { closeAllConnections(): void }): Promise<void> {
  server.closeAllConnections();
  if (!server.listening) return;
  server.close();
  await once(server, 'close');
}
