/** Brings everything that the tests start: both Flink versions, Temporal, the example job. */
import { buildExample } from './example';
import { provisionFlink } from './provision-flink';
import { provisionTemporal } from './provision-temporal';
import { FLINK_VERSIONS } from './versions';

async function main(): Promise<void> {
  await provisionTemporal();
  for (const version of FLINK_VERSIONS) await provisionFlink(version);
  await buildExample();
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
