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
