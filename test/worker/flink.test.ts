import { freePort } from '../../src/dev/ports';
import { FlinkClient } from '../../src/flink/client';
import { greet } from '../../src/worker/flink';
import { createLogger } from '../../src/worker/log';
import { useSimulator } from '../flink-simulator/fixture';

const start = useSimulator();

async function greeted(rest: string): Promise<string> {
  let text = '';
  const log = createLogger('text', (line) => (text += line));
  await greet({ name: 'far', flink: new FlinkClient({ rest }) }, log);
  return text;
}

test('a cluster that answers is said to, with its slots', async () => {
  const { sim } = await start();
  await expect(greeted(sim.restUrl)).resolves.toMatch(
    / INFO {2}cluster far: Flink answers; slots \d+, free \d+ cluster=far\n$/,
  );
});

test('one that does not is one warning: why, that its rescales wait, and what to check', async () => {
  const text = await greeted(`http://127.0.0.1:${await freePort()}`);
  expect(text).toMatch(/^\S+ WARN {2}cluster far: Flink does not answer: [^\n]*ECONNREFUSED[^\n]*\n$/);
  expect(text).toContain('Its rescales wait until it does');
  expect(text).toContain('clusters.far.rest in weir.yaml');
});
