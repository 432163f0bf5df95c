/**
 * `npm run test:soak`: prepares a fresh clone, then carries out the random campaign at length; see test/campaign/soak.ts
 * for its arguments.
 */
import { join } from 'node:path';
import { prepare, projectDir, run } from './prepare.mjs';

await prepare();
process.exitCode = await run(process.execPath, [
  ...['-r', join(projectDir, 'test', 'kit', 'ts-hook.js'), join(projectDir, 'test', 'campaign', 'soak.ts')],
  ...process.argv.slice(2),
]);
