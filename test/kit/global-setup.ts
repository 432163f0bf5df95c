import { session } from '../../src/dev/registry';

/** Marks every process that this run starts, in jest's own process and in its workers, as of one session. */
export default function globalSetup(): void {
  session();
}
