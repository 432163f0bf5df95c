import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { applyCommand, runApply } from '../../src/dev/demo-apply';
import { projectDir } from '../../src/dev/paths';
import { scratchDir } from '../kit/child';

let runDir: string;
beforeEach(() => {
  runDir = scratchDir();
});
afterEach(() => rmSync(runDir, { recursive: true }));

test('an apply is told line by line, and whether it went well; what it was given is what a person would type', async () => {
  const lines: string[] = [];
  const place = { runDir, config: join(projectDir, 'weir.yaml'), temporal: { env: {} } };
  const went = await runApply(place, ['examples/nowhere.yaml', '--wait'], (line) => lines.push(line));
  expect(went).toBe(false);
  expect(lines).toEqual([
    expect.stringMatching(/^examples\/nowhere\.yaml cannot be read: .*ENOENT.*\/examples\/nowhere\.yaml/),
    'Next: ls *.yaml *.json',
  ]);
  expect(applyCommand('examples/nowhere.yaml', '--wait')).toBe(
    'npm run apply -- -f examples/nowhere.yaml --wait',
  );
});
