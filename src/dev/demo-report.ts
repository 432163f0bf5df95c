/** How the demo words what it saw: pure text, for a terminal of 100 columns. */
import type { Downtime, Phase, PhaseTime, RescaleResult } from '../contracts/rescale';
import type { Verdict } from './checker';

/** Columns that a line may fill, without its indentation. */
const WIDTH = 94;
const BAR = 50;

/** What the workflow does in a phase, for somebody who sees it the first time. */
export const doing: Readonly<Record<Phase, string>> = {
  PLANNING: 'look at the job, check all that can be checked while it runs',
  ADJUSTING: 'have Flink take the job to its new parallelism in place, until every task runs',
  SAVEPOINTING: 'stop the job with a savepoint',
  SETTLING: 'no savepoint came: find out what became of the job',
  STOPPING: 'prove that the old job is over',
  RESTARTING: 'start the new job from the savepoint, until every task runs',
  VERIFYING: 'wait for the first checkpoint at the new parallelism',
  ROLLING_BACK: 'start the job again as it was',
  ATTENTION: 'something takes longer than it should: an operator may step in',
  DONE: 'the end',
};

/** How long each phase took, as bars below each other. The last entry is the end, and has no line of its own. */
export function timeline(timings: readonly PhaseTime[]): string[] {
  const begin = timings.at(0)?.startedAt ?? 0;
  const total = (timings.at(-1)?.startedAt ?? begin) - begin;
  const column = (ms: number) => Math.round((total === 0 ? 0 : (ms - begin) / total) * BAR);
  const line = (phase: string, ms: number, bar: string) =>
    `${phase.padEnd(12)}  ${seconds(ms).padStart(8)}  ${bar}`.trimEnd();
  const lines = timings.slice(0, -1).map(({ phase, startedAt }, index) => {
    const endedAt = timings[index + 1]?.startedAt ?? startedAt;
    const from = Math.min(column(startedAt), BAR - 1);
    const bar = ' '.repeat(from) + '█'.repeat(Math.max(1, column(endedAt) - from));
    return line(phase, endedAt - startedAt, bar);
  });
  return [...lines, line('in all', total, '')];
}

/** The downtime as Weir saw it, beside the silence in the job's output, which knows nothing of Weir. */
export function downtime({ total, stop, submit, restore }: Downtime, { gapMs }: Verdict): string[] {
  const column = (ms: number) => `${ms} ms`.padStart(8);
  return [
    `as Weir sees it          ${column(total)}  stop ${stop} + submit ${submit} + restore ${restore}, until every task runs`,
    `in the job's own output  ${column(gapMs)}  from the old job's last line to the new job's first`,
  ];
}

/** A rescale that is compared with others. */
export interface Compared {
  readonly result: Pick<RescaleResult, 'mechanism' | 'from' | 'to' | 'downtimeMs'>;
  readonly verdict: Pick<Verdict, 'gapMs' | 'lost' | 'countedTwice'>;
  /** Lines that the job wrote again because of it. */
  readonly rewritten: number;
}

/** What rescales cost, a column each; a figure that is not known is a dash. */
export function sideBySide(rescales: readonly Compared[]): string[] {
  const row = (label: string, cell: (compared: Compared) => string) =>
    label.padEnd(34) + rescales.map((compared) => cell(compared).padStart(20)).join('');
  const ms = (time: number | undefined) => (time === undefined ? '-' : `${time} ms`);
  return [
    row('', ({ result: { mechanism, from, to } }) => {
      return `${mechanism} ${from?.parallelism ?? '-'} -> ${to?.parallelism ?? '-'}`;
    }),
    row("silence in the job's own output", ({ verdict }) => ms(verdict.gapMs)),
    row("as the workflow's result says", ({ result }) => ms(result.downtimeMs?.total)),
    row('records lost', ({ verdict }) => `${verdict.lost}`),
    row('records counted twice', ({ verdict }) => `${verdict.countedTwice}`),
    row('lines written again', ({ rewritten }) => `${rewritten}`),
  ];
}

/** `temporal` with these arguments as a person would type it, over several lines where one is too short. */
export function asTyped(args: readonly string[]): string[] {
  const parts: string[] = ['temporal'];
  for (const arg of args) {
    // the verb stays with the command, a value with its flag
    parts.push(arg.startsWith('--') ? arg : `${parts.pop()} ${quoted(arg)}`);
  }
  const lines: string[] = [];
  for (const part of parts) {
    const last = lines.at(-1);
    if (last !== undefined && `${last} ${part} \\`.length <= WIDTH) lines.push(`${lines.pop()} ${part}`);
    else lines.push(last === undefined ? part : `  ${part}`);
  }
  return lines.map((line, index) => (index < lines.length - 1 ? `${line} \\` : line));
}

/** A word as a shell takes it. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** A failure's message with its long lines broken between words, but for the last: that is a command to be copied. */
export function wrapped(message: string): string[] {
  return message.split('\n').flatMap((paragraph) => {
    if (paragraph.startsWith('Next: ')) return [paragraph];
    const lines: string[] = [];
    for (const word of paragraph.split(' ')) {
      const last = lines.at(-1);
      if (last !== undefined && `${last} ${word}`.length <= WIDTH) lines.push(`${lines.pop()} ${word}`);
      else lines.push(last === undefined ? word : `  ${word}`);
    }
    return lines;
  });
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}

/** Where the demo writes: with weight and colour on a terminal, as plain text elsewhere or where NO_COLOR is set. */
export class Screen {
  private silent = false;
  private readonly styled = process.stdout.isTTY && !process.env['NO_COLOR'];

  /** The name of a part. */
  title(text: string): void {
    this.write('', this.style('1', text), '─'.repeat(text.length));
  }

  /** The name of a part of a part. */
  head(text: string): void {
    this.write('', this.style('1', text));
  }

  /** Lines below a title or head. */
  say(...lines: readonly string[]): void {
    this.write(...lines.map((line) => (line === '' ? '' : `  ${line}`)));
  }

  /** Lines for a person to type or copy. */
  code(...lines: readonly string[]): void {
    this.write('', ...lines.map((line) => `    ${this.style('36', line)}`), '');
  }

  proof(claim: string, holds: boolean): void {
    this.write(holds ? `  ${this.style('32', '✓')} ${claim}` : `  ${this.style('31', '✗')} ${claim}`);
  }

  /** From here on nothing more is written: what is still going on has been given up. */
  silence(): void {
    this.silent = true;
  }

  private write(...lines: readonly string[]): void {
    if (!this.silent) process.stdout.write(lines.map((line) => `${line}\n`).join(''));
  }

  private style(code: string, text: string): string {
    return this.styled ? `\u001b[${code}m${text}\u001b[0m` : text;
  }
}
