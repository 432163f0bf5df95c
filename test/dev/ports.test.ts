import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { freePort, isListening, usualOrFree } from '../../src/dev/ports';

test('a free port is given out once', async () => {
  const ports = await Promise.all(Array.from({ length: 20 }, () => freePort()));
  expect(new Set(ports).size).toBe(20);
});

test('a port that was given out is given to nobody who asks the system for any port', async () => {
  const given = new Set(await Promise.all(Array.from({ length: 200 }, () => freePort())));
  // by chance, several times as many as one has to have
  for (let n = 0; n < 2000; n++) {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    expect(given).not.toContain(port);
  }
});

test('the usual port is given when nobody has it, another one when somebody does', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  expect(await isListening(port)).toBe(true);
  expect(await usualOrFree(port)).not.toBe(port);
  await new Promise((resolve) => server.close(resolve));
  expect(await isListening(port)).toBe(false);
  expect(await usualOrFree(port)).toBe(port);
  expect(await usualOrFree(port)).not.toBe(port); // given to the first caller, who may not listen yet
});
