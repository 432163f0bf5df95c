/** Brings everything that the tests start: both Flink versions, Temporal and its test server. */
import { provisionFlink } from './provision-flink';
import { provisionTemporal, provisionTestServer } from './provision-temporal';
import { FLINK_VERSIONS } from './versions';

async function main(): Promise<void> {
  await provisionTemporal();
  await provisionTestServer();
  for (const version of FLINK_VERSIONS) await provisionFlink(version);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
