import { createHash } from 'node:crypto';
import { copyFileSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { cached } from './cache';
import { projectDir } from './paths';
import { withProgress } from './progress';
import { runTool } from './tool';

/** File name of the example's jar, as `weir.yaml` and inputs name it. */
export const EXAMPLE_JAR = 'orders.jar';

/**
 * The path of the example job's jar. Maven compiles it only if its sources have changed since; of two processes that
 * start at once, one compiles.
 */
export async function buildExample(): Promise<string> {
  const source = join(projectDir, 'examples', 'orders');
  const entry = await cached(
    `orders-${hashOf(source)}`,
    async (staging) => {
      const args = ['-q', '-B', '-f', join(source, 'pom.xml'), 'package'];
      await withProgress(
        'Compiling the example job',
        () => 0,
        () => runTool('maven-orders', { command: 'mvn', args }),
      );
      copyFileSync(join(source, 'target', EXAMPLE_JAR), join(staging, EXAMPLE_JAR));
    },
    join(projectDir, '.weir', 'build'),
  );
  return join(entry, EXAMPLE_JAR);
}

function hashOf(folder: string): string {
  const hash = createHash('sha256');
  for (const file of [join(folder, 'pom.xml'), ...filesBelow(join(folder, 'src'))]) {
    hash.update(relative(folder, file)).update('\0').update(readFileSync(file)).update('\0');
  }
  return hash.digest('hex').slice(0, 16);
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? filesBelow(path) : [path];
    });
}
