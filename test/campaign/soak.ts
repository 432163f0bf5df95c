import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { projectDir } from '../../src/dev/paths';
import { campaign, shrunk, told } from './campaign';
import {
  deploymentCampaign,
  endingOfDeployment,
  shrunkDeployment,
  toldOfDeployment,
} from './deployments/campaign';
import { Lanes } from './deployments/lanes';
import { Machine } from './machine';
import { endingOf } from './record';

/**
 * The random campaigns at length: `npm run test:soak` carries out 5,000 rescales, `-- --deployments` 1,000 deployments,
 * `--runs 200` so many. Each run is a line of the table, so that a second start goes on where the first was ended; once it
 * is full, the next start begins another, with other seeds. `--seed 7` carries out one case alone, and makes it smaller if
 * it violates something.
 */

const headSchema = z.object({ from: z.int(), runs: z.int() });
const rowSchema = z.object({ seed: z.int(), ended: z.string(), violated: z.array(z.string()) });
type Row = z.infer<typeof rowSchema>;

/** One run as the table has it, and as people read it. */
interface Judged extends Row {
  readonly tookMs: number;
  readonly case: object;
  readonly told: string;
}

/** A campaign, ready to carry cases out. */
interface Campaign {
  readonly table: string;
  readonly runs: number;
  readonly carryOut: (seeds: readonly number[], judged: (one: Judged) => void) => Promise<void>;
  /** The smallest case like that of the seed that still violates something. */
  readonly smallest: (seed: number, limitMs: number) => Promise<object | undefined>;
  readonly stop: () => Promise<void>;
}

const folder = join(projectDir, '.weir', 'soak');

/** What a case may be made smaller for, ms. */
const shrinkMs = 10 * 60_000;

/** Each has a worker process of its own, and waits most of the time. */
const lanesAtOnce = 8;

async function rescales(): Promise<Campaign> {
  const machine = await Machine.start('soak');
  return {
    ...{ table: join(folder, 'table.jsonl'), runs: 5_000 },
    carryOut: (seeds, judged) =>
      campaign(machine, seeds, (one) => {
        const { seed, record } = one;
        const violated = one.violations.map(({ invariant }) => invariant);
        const { tookMs, case: input } = record;
        judged({ seed, ended: endingOf(record), violated, tookMs, case: input, told: told(one) });
      }),
    smallest: (seed, limitMs) => shrunk(machine, seed, limitMs),
    stop: () => machine.stop(),
  };
}

async function deployments(): Promise<Campaign> {
  const lanes = await Lanes.start('soak-deployments', lanesAtOnce);
  return {
    ...{ table: join(folder, 'deployments.jsonl'), runs: 1_000 },
    carryOut: (seeds, judged) =>
      deploymentCampaign(lanes, seeds, (one) => {
        const { seed, record } = one;
        const violated = one.violations.map(({ invariant }) => invariant);
        const { tookMs, case: input } = record;
        judged({
          ...{ seed, ended: endingOfDeployment(record), violated, tookMs, case: input },
          told: toldOfDeployment(one),
        });
      }),
    smallest: (seed, limitMs) => shrunkDeployment(lanes, seed, limitMs),
    stop: () => lanes.stop(),
  };
}

async function main(args: readonly string[]): Promise<boolean> {
  const seed = numberAfter('--seed', args);
  const of = await (args.includes('--deployments') ? deployments() : rescales());
  try {
    return await (seed === undefined ? soak(of, numberAfter('--runs', args) ?? of.runs) : again(of, seed));
  } finally {
    await of.stop();
  }
}

async function soak(of: Campaign, runs: number): Promise<boolean> {
  const { head, rows } = begun(of.table, runs);
  const done = new Set(rows.map(({ seed }) => seed));
  const seeds = Array.from({ length: head.runs }, (_, i) => head.from + i).filter((seed) => !done.has(seed));
  console.log(
    `seeds ${head.from} to ${head.from + head.runs - 1}, ${done.size} of them are done; table: ${of.table}`,
  );
  await of.carryOut(seeds, ({ told, ...row }) => {
    appendFileSync(of.table, `${JSON.stringify(row)}\n`);
    rows.push(row);
    if (row.violated.length > 0) console.log(told);
    if (rows.length % 100 === 0) console.log(`${rows.length} runs`);
  });
  console.log(`${rows.length} runs:`, counted(rows.map(({ ended }) => ended)));
  const violated = rows.flatMap((row) => row.violated);
  console.log(violated.length === 0 ? 'no invariant was violated' : counted(violated));
  return violated.length === 0;
}

/** The table that was begun, or a new one. */
function begun(table: string, runs: number): { head: z.infer<typeof headSchema>; rows: Row[] } {
  mkdirSync(dirname(table), { recursive: true });
  if (existsSync(table)) {
    const [first = '', ...rest] = readFileSync(table, 'utf8').trimEnd().split('\n');
    const head = headSchema.parse(JSON.parse(first));
    const rows = rest.map((line) => rowSchema.parse(JSON.parse(line)));
    if (rows.length < head.runs) return { head, rows };
    renameSync(table, table.replace(/\.jsonl$/, `-from-${head.from}.jsonl`));
  }
  const head = { from: Math.floor(Math.random() * 1e9), runs };
  writeFileSync(table, `${JSON.stringify(head)}\n`);
  return { head, rows: [] };
}

async function again(of: Campaign, seed: number): Promise<boolean> {
  const found: Judged[] = [];
  await of.carryOut([seed], (one) => found.push(one));
  const bad = found.filter(({ violated }) => violated.length > 0);
  for (const one of found) console.log(one.told, `\nended: ${one.ended}`);
  if (bad.length === 0) console.log('no invariant was violated');
  else
    console.log(
      'smallest:',
      JSON.stringify((await of.smallest(seed, shrinkMs)) ?? found.map((one) => one.case)),
    );
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
