import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { failureTypes } from '../src/contracts/failures';
import { phases, steeringNames } from '../src/contracts/rescale';
import { projectDir } from '../src/dev/paths';
import { operatorOptions } from '../src/workflows/describe';

/** docs/operate.md is read in the middle of the night: it has an entry for everything that can happen. */
const text = readFileSync(join(projectDir, 'docs', 'operate.md'), 'utf8');
const machine = readFileSync(join(projectDir, 'docs', 'state-machine.md'), 'utf8');

/** The text below that heading, up to the next. */
function entry(heading: string): string {
  const [, rest] = text.split(`\n### ${heading}\n`);
  if (rest === undefined) throw new Error(`docs/operate.md has no entry "${heading}"`);
  return rest.split(/\n##/)[0] ?? '';
}

/** The steps that can call for attention, as the state machine has them. */
const stuck = phases.filter((phase) => machine.includes(`    ${phase} --> ATTENTION\n`));
const failures = [...failureTypes, 'Unexpected'];
const entries = [...failures, ...stuck.map((phase) => `ATTENTION in ${phase}`)];

test('some steps can call for attention', () => {
  expect(stuck.length).toBeGreaterThan(3);
});

test.each(entries)(
  '%s: what happened, the state of the job, and what to do next, with a command',
  (heading) => {
    const parts = entry(heading)
      .split(/\n(?=- )/)
      .map((part) => part.trim())
      .filter((part) => part !== '');
    expect(parts.map((part) => /^- \*\*([^*]+)\*\*: \S/.exec(part)?.[1])).toEqual([
      'What happened',
      'The job now',
      'Next',
    ]);
    expect(parts.at(-1)).toMatch(/\n {2}```\n {2}(temporal|curl) /);
  },
);

test('there is an entry for nothing else', () => {
  const [, failuresOn = ''] = text.split('\n## Failures\n');
  const headings = [...failuresOn.matchAll(/^### (.+)$/gm)].map(([, heading]) => heading);
  expect(headings.slice(0, entries.length)).toEqual(entries);
});

test.each(stuck)('ATTENTION in %s: its entry names just what the run itself offers there', (step) => {
  const options = operatorOptions(step, { workflowId: 'x', aborted: false, stuck: true });
  const offered = options.flatMap(({ command = '' }) => / --name (\w+)/.exec(command)?.[1] ?? []);
  const named = Object.values(steeringNames).filter((name) =>
    entry(`ATTENTION in ${step}`).includes(`\`${name}\``),
  );
  expect(named.sort()).toEqual(offered.sort());
});
