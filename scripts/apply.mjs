/** `npm run apply -- -f orders.yaml`: in a fresh clone everything is prepared first; later it is what was built. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { prepare, projectDir } from './prepare.mjs';

const built = join(projectDir, 'dist', 'apply.js');
if (!existsSync(built)) await prepare();
await import(pathToFileURL(built).href);
