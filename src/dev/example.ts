import { createHash } from 'node:crypto';
import { copyFileSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { cached } from './cache';
import { projectDir } from './paths';
import { withProgress } from './progress';
import { runTool } from './tool';

/** File name of the example's jar, as `weir.yaml` and inputs name it. */
export const EXAMPLE_JAR = 'orders.jar';

/** The path of the example job's jar. */
export function buildExample(): Promise<string> {
  return buildJar(join(projectDir, 'examples', 'orders'), EXAMPLE_JAR);
}

/**
 * The path of the jar that Maven makes of the project in `source`. It compiles only if the sources have changed since;
 * of two processes that start at once, one compiles.
 */
export async function buildJar(source: string, jar: string): Promise<string> {
  const name = basename(jar, '.jar');
  const entry = await cached(
    `${name}-${hashOf(source)}`,
    async (staging) => {
      const args = ['-q', '-B', '-f', join(source, 'pom.xml'), 'package'];
      await withProgress(
        `Compiling ${jar}`,
        () => 0,
        () => runTool(`maven-${name}`, { command: 'mvn', args }),
      );
      copyFileSync(join(source, 'target', jar), join(staging, jar));
    },
    join(projectDir, '.weir', 'build'),
  );
  return join(entry, jar);
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
