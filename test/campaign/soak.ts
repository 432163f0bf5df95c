import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { projectDir } from '../../src/dev/paths';
import { campaign, caseOf, shrunk, told } from './campaign';
import type { Judged } from './campaign';
import { Machine } from './machine';
import { endingOf } from './record';

/**
 * The random campaign at length: `npm run test:soak` carries out 5,000 cases, `-- --runs 200` so many. Each run is a
 * line of the table, so that a second start goes on where the first was ended; once it is full, the next start begins
 * another, with other seeds. `-- --seed 7` carries out one case alone, and makes it smaller if it violates something.
 */
const table = join(projectDir, '.weir', 'soak', 'table.jsonl');

const headSchema = z.object({ from: z.int(), runs: z.int() });
const rowSchema = z.object({ seed: z.int(), ended: z.string(), violated: z.array(z.string()) });
type Row = z.infer<typeof rowSchema>;

/** What a case may be made smaller for, ms. */
const shrinkMs = 10 * 60_000;

async function main(args: readonly string[]): Promise<boolean> {
  const seed = numberAfter('--seed', args);
  const machine = await Machine.start('soak');
  try {
    return await (seed === undefined
      ? soak(machine, numberAfter('--runs', args) ?? 5_000)
      : again(machine, seed));
  } finally {
    await machine.stop();
  }
}

async function soak(machine: Machine, runs: number): Promise<boolean> {
  const { head, rows } = begun(runs);
  const done = new Set(rows.map(({ seed }) => seed));
  const seeds = Array.from({ length: head.runs }, (_, i) => head.from + i).filter((seed) => !done.has(seed));
  console.log(
    `seeds ${head.from} to ${head.from + head.runs - 1}, ${done.size} of them are done; table: ${table}`,
  );
  await campaign(machine, seeds, (one) => {
    const row = rowOf(one);
    appendFileSync(
      table,
      `${JSON.stringify({ ...row, tookMs: one.record.tookMs, case: one.record.case })}\n`,
    );
    rows.push(row);
    if (one.violations.length > 0) console.log(told(one));
    if (rows.length % 100 === 0) console.log(`${rows.length} runs`);
  });
  console.log(`${rows.length} runs:`, counted(rows.map(({ ended }) => ended)));
  const violated = rows.flatMap((row) => row.violated);
  console.log(violated.length === 0 ? 'no invariant was violated' : counted(violated));
  return violated.length === 0;
}

/** The table that was begun, or a new one. */
function begun(runs: number): { head: z.infer<typeof headSchema>; rows: Row[] } {
  mkdirSync(dirname(table), { recursive: true });
  if (existsSync(table)) {
    const [first = '', ...rest] = readFileSync(table, 'utf8').trimEnd().split('\n');
    const head = headSchema.parse(JSON.parse(first));
    const rows = rest.map((line) => rowSchema.parse(JSON.parse(line)));
    if (rows.length < head.runs) return { head, rows };
    renameSync(table, join(dirname(table), `from-${head.from}.jsonl`));
  }
  const head = { from: Math.floor(Math.random() * 1e9), runs };
  writeFileSync(table, `${JSON.stringify(head)}\n`);
  return { head, rows: [] };
}

function rowOf({ seed, record, violations }: Judged): Row {
  return { seed, ended: endingOf(record), violated: violations.map(({ invariant }) => invariant) };
}

async function again(machine: Machine, seed: number): Promise<boolean> {
  const found: Judged[] = [];
  await campaign(machine, [seed], (one) => found.push(one));
  const bad = found.filter(({ violations }) => violations.length > 0);
  for (const one of found) console.log(told(one), `\nended: ${endingOf(one.record)}`);
  if (bad.length === 0) console.log('no invariant was violated');
  else console.log('smallest:', JSON.stringify((await shrunk(machine, seed, shrinkMs)) ?? caseOf(seed)));
  return bad.length === 0;
}

function counted(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

function numberAfter(flag: string, args: readonly string[]): number | undefined {
  const at = args.indexOf(flag);
  return at < 0
    ? undefined
    : z.coerce
        .number()
        .int()
        .parse(args[at + 1]);
}

main(process.argv.slice(2)).then(
  (sound) => process.exit(sound ? 0 : 1),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
