/** `npm run demo`: prepares a fresh clone, then runs the demo in this very process, so that Ctrl-C reaches it once. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { prepare, projectDir } from './prepare.mjs';

await prepare();
await import(pathToFileURL(join(projectDir, 'dist', 'dev', 'demo.js')).href);
