import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * One line of the orders job (examples/orders): the `seq`-th record of a split, written at `wallMs`, was the
 * `count`-th of its key. Each split feeds `keys` keys of its own in turn, so the right count follows from the seq.
 */
export interface OutputLine {
  wallMs: number;
  split: number;
  seq: number;
  keys: number;
  count: number;
}

/** The count of a record that was counted once, as was every record of its key before it. */
export const rightCount = ({ seq, keys }: OutputLine): number => Math.floor(seq / keys) + 1;

const shape = /^(\d+) (\d+) (\d+) (\d+)\/(\d+) (\d+)$/;

function parse(text: string): OutputLine | undefined {
  const fields = shape.exec(text)?.slice(1).map(Number);
  if (fields === undefined) return undefined;
  const [wallMs = NaN, split = NaN, seq = NaN, key = NaN, keys = NaN, count = NaN] = fields;
  return key === seq % keys ? { wallMs, split, seq, keys, count } : undefined;
}

/** Follows the folder that an orders job, stopped or still running, writes its files to. */
export class OutputTail {
  private readonly consumed = new Map<string, number>();

  constructor(private readonly directory: string) {}

  /**
   * Hands over every line that was completed since the last call, file by file, oldest file first. What follows a
   * file's last newline was torn by a kill, or is still being written: it is left for the next call.
   *
   * A folder that is not there yet has no lines.
   *
   * @throws Error on a line that the orders job does not write
   */
  async readOn(take: (line: OutputLine) => void): Promise<void> {
    for (const file of (await readdir(this.directory).catch(noFilesYet)).sort()) {
      await this.readFile(file, take);
    }
  }

  private async readFile(file: string, take: (line: OutputLine) => void): Promise<void> {
    let at = this.consumed.get(file) ?? 0;
    let torn = '';
    const chunks = createReadStream(join(this.directory, file), { start: at, encoding: 'latin1' });
    for await (const chunk of chunks) {
      const texts = (torn + String(chunk)).split('\n');
      torn = texts.pop() ?? '';
      for (const text of texts) {
        const line = parse(text);
        if (line === undefined) {
          throw new Error(`${file}, byte ${at}: not a line of the orders job: "${text.slice(0, 80)}"`);
        }
        take(line);
        at += text.length + 1;
      }
    }
    this.consumed.set(file, at);
  }
}

function noFilesYet(error: unknown): string[] {
  if (typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT') return [];
  throw error;
}
