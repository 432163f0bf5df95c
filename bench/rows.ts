import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { z } from 'zod';

/** The rows of a file, one JSON object a line; what was measured before counts, so that a bench that was ended goes on. */
export class Rows<Row> {
  readonly all: Row[] = [];

  constructor(
    private readonly file: string,
    schema: z.ZodType<Row>,
  ) {
    mkdirSync(dirname(file), { recursive: true });
    if (!existsSync(file)) return;
    const lines = readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line !== '');
    this.all.push(...lines.map((line) => schema.parse(JSON.parse(line))));
  }

  /** All of them or none, should the bench be ended meanwhile. */
  add(...rows: readonly Row[]): void {
    this.all.push(...rows);
    appendFileSync(this.file, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  }
}
