import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';

/** One rescale, as the job's own output tells it. */
const rowSchema = z.strictObject({
  round: z.int(),
  way: z.string(),
  from: z.int(),
  to: z.int(),
  /** The longest silence of the output, ms. */
  gapMs: z.number(),
  lost: z.int(),
  countedTwice: z.int(),
  /** Lines that a plain sink wrote again. */
  replayed: z.int(),
});
export type Row = z.infer<typeof rowSchema>;

/** The rows of a file, one JSON object a line; what was measured before counts, so that a bench that was ended goes on. */
export class Rows {
  readonly all: Row[] = [];

  constructor(private readonly file: string) {
    mkdirSync(dirname(file), { recursive: true });
    if (!existsSync(file)) return;
    const lines = readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line !== '');
    this.all.push(...lines.map((line) => rowSchema.parse(JSON.parse(line))));
  }

  add(row: Row): void {
    this.all.push(row);
    appendFileSync(this.file, `${JSON.stringify(row)}\n`);
  }
}
