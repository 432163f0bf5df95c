import { session } from '../../src/dev/registry';

/** Marks every process that this run starts, in jest's own process and in its workers, as of one session. */
export default function globalSetup(): void {
  session();
  // When nothing is open any more the process ends; then Node 20 may tear its environment down for ever, waiting for a
  // handle that there is not (seen once, in `CleanupHandles`, with no active handle and no request). That is left out.
  process.once('beforeExit', () => process.exit());
}
