import { loadConfig } from './config';
import type { EndpointConfig } from './config';
import { authority } from './worker/endpoint';

/**
 * The health check of a container: exit code 0 while the worker beside it polls Temporal, else 1 and why. It asks
 * `/readyz` where weir.yaml says that the worker serves it, so that no port is written down twice.
 */
async function probe(): Promise<string | undefined> {
  const { health } = loadConfig();
  if (health === undefined) return 'weir.yaml has no health: the worker answers nobody. Give it a port';
  const answer = await fetch(`http://${authority(onThisMachine(health))}/readyz`, {
    signal: AbortSignal.timeout(4_000),
  });
  return answer.ok ? undefined : answer.text();
}

/** Whoever listens on every interface is asked on this machine's own. */
function onThisMachine({ host, port }: EndpointConfig): EndpointConfig {
  return { host: { '0.0.0.0': '127.0.0.1', '::': '::1' }[host] ?? host, port };
}

void probe()
  .catch((error: unknown) => (error instanceof Error ? error.message : String(error)))
  .then((why) => {
    if (why === undefined) return;
    process.stderr.write(`${why.trim()}\n`);
    process.exitCode = 1;
  });
