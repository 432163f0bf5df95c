/** The second half of `npm run build`: the workflows' bundle, so that no worker has to make it when it starts. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { projectDir } from './prepare.mjs';

const require = createRequire(import.meta.url);
const { DefaultLogger } = require('@temporalio/worker');
const { writeBundle } = require(join(projectDir, 'dist', 'worker', 'bundle.js'));
await writeBundle(new DefaultLogger('WARN'));
