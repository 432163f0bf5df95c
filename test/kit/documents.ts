import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { projectDir } from '../../src/dev/paths';

/** What people read of Weir, as paths in the project. */
export const documents: readonly string[] = [
  'README.md',
  ...readdirSync(join(projectDir, 'docs')).map((name) => join('docs', name)),
].filter((name) => name.endsWith('.md'));

export function textOf(document: string): string {
  return readFileSync(join(projectDir, document), 'utf8');
}

/**
 * The commands of a document, in code, inline or in a block; a backslash at the end of a line goes on in the next, and
 * a `$` before one is the shell's.
 */
export function commandsIn(document: string, program = 'temporal'): string[] {
  const text = textOf(document).replace(/\\\n\s*/g, '');
  const ofBlocks = new RegExp(`^\\s*(?:\\$ )?(${program} .+)$`, 'gm');
  const inline = new RegExp(`\`(${program} [^\`\\n]+)\``, 'g');
  return [ofBlocks, inline].flatMap((pattern) =>
    [...text.matchAll(pattern)].map(([, command]) => command ?? ''),
  );
}
