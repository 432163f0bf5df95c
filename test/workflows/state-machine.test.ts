import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { failureTypes } from '../../src/contracts/failures';
import { outcomes, phases } from '../../src/contracts/rescale';
import { projectDir } from '../../src/dev/paths';
import { statusOf } from '../kit/golden/acts';
import { goldenPlace, playAll, rescaleCases, workflowIdOf } from '../kit/golden/cases';
import { goldenHistories, transition, transitionsOf } from '../kit/golden/history';
import { useSimulated } from '../kit/simulated';

/**
 * docs/state-machine.md against the types and against runs: those of earlier code, as they were recorded, and those of
 * today's. A state or a transition that is missing on one side fails.
 */
const document = readFileSync(join(projectDir, 'docs', 'state-machine.md'), 'utf8');

const states = new Set<string>([...phases, ...outcomes, ...failureTypes]);
const endings = new Set<string>([...outcomes, ...failureTypes]);
const histories = goldenHistories().filter(({ type }) => type === 'rescale');

/** `A --> B` of the diagrams. */
const drawn = [...document.matchAll(/^ +(\S+) --> (\S+)/gm)].map(([, from = '', to = '']) =>
  transition(from, to),
);

interface Exit {
  readonly transition: string;
  readonly rule: string;
  /** A golden history, or `not recorded: <why>`. */
  readonly recorded: string;
}

/** The sections below "States", each with its table of exits. */
const sections = new Map(
  (/## States\n(.*?)\n## /s.exec(document)?.[1] ?? '')
    .split(/^### /m)
    .slice(1)
    .map((section) => {
      const [title = '', ...lines] = section.split('\n');
      const from = title === 'Start' ? '[*]' : title;
      const rows = lines.filter((line) => line.startsWith('|')).slice(2);
      const exits = rows.map((row): Exit => {
        const [, to = '', , rule = '', recorded = ''] = row.split('|').map((cell) => cell.trim());
        return { transition: transition(from, to), rule, recorded };
      });
      return [from, exits];
    }),
);
const exits = [...sections.values()].flat();

const notRecorded = (exit: Exit) => /^not recorded: \S+/.test(exit.recorded);

describe('the document', () => {
  test('has a section for each phase, and for nothing else but the start', () => {
    expect([...sections.keys()].sort()).toEqual(['[*]', ...phases].sort());
  });

  test('has each ending in the table of endings, and no other', () => {
    const rows = [...document.split('## Endings')[1]!.matchAll(/^\| (\w+) \|/gm)].map(([, name]) => name);
    expect(rows.filter((name) => name !== 'ending').sort()).toEqual([...endings].sort());
  });

  test('draws each ending inside DONE, and every state that it draws is one of the types', () => {
    const inside = /state DONE \{(.*?)\}/s.exec(document)?.[1] ?? '';
    expect(inside.trim().split(/\s+/).sort()).toEqual([...endings].sort());
    const named = new Set(drawn.flatMap((step) => step.split(' -> ')));
    expect([...named, 'DONE'].filter((name) => name !== '[*]').sort()).toEqual([...states].sort());
  });

  test('draws the transitions that its tables have, each once', () => {
    expect([...drawn].sort()).toEqual(exits.map(({ transition: step }) => step).sort());
    expect(new Set(drawn).size).toBe(drawn.length);
  });

  test('gives each transition the rule that governs it', () => {
    const rule = /^P([1-9]|[12]\d|3[0-2])(, P([1-9]|[12]\d|3[0-2]))*$/;
    expect(exits.filter((exit) => !rule.test(exit.rule))).toEqual([]);
  });
});

describe('recorded runs', () => {
  const recorded = new Set(histories.flatMap(({ path }) => transitionsOf(path)));

  test('show no transition that the document lacks', () => {
    expect([...recorded].filter((step) => !drawn.includes(step))).toEqual([]);
  });

  test('show each transition of the document, in the history that it names; else it says why there is none', () => {
    const wrong = exits.filter((exit) => {
      if (notRecorded(exit)) return false;
      const history = histories.find(({ name }) => name === exit.recorded);
      return history === undefined || !transitionsOf(history.path).includes(exit.transition);
    });
    expect(wrong).toEqual([]);
  });

  test('do not show what the document calls not recorded', () => {
    expect(exits.filter((exit) => notRecorded(exit) && recorded.has(exit.transition))).toEqual([]);
  });
});

describe('runs of today', () => {
  const place = useSimulated('state-machine', goldenPlace);

  test('go through the states of their golden history, and say so in the timings of their status', async () => {
    const took = await playAll(place(), rescaleCases, async (one) => {
      const { name, path } = one;
      // refused before it began: there is nothing to ask
      if (!path.includes(' ')) return { name, path, took: path };
      const { timings } = await statusOf(place(), workflowIdOf(one));
      const ending = path.split(' ').at(-1);
      const shown = timings.map(({ phase }) => (phase === 'DONE' ? ending : phase));
      return { name, path, took: shown.join(' ') };
    });
    expect(took.filter((one) => one.took !== one.path)).toEqual([]);
    expect(took).toHaveLength(rescaleCases.length);
  }, 180_000);
});
