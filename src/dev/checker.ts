import { setTimeout as sleep } from 'node:timers/promises';
import { type OutputLine, OutputTail, rightCount } from './output';

/** What the output of an orders job says about its rescales, whatever Flink or Weir say. */
export interface Verdict {
  /** Different records seen. */
  records: number;
  /** Records that the output never shows, though it shows later ones of their split; one for a split never seen. */
  lost: number;
  /** Records that the keyed state counted more than once: counts above the right one. */
  countedTwice: number;
  /** Records that the keyed state does not know any more: counts below the right one. */
  forgotten: number;
  /** Lines of a record after its first: normal after a failover, where a plain sink writes some again. */
  replayed: number;
  /**
   * The longest time between two lines of one record. A failover goes back to the last checkpoint, so this is about
   * its age; a job that was started without its state counts right, but writes its very first records again.
   */
  oldestReplayMs: number;
  /** The longest silence between two lines of all files, which is the downtime; from and to are wall clock times. */
  gapMs: number;
  gapFromMs: number;
  gapToMs: number;
  splits: number;
  missingSplits: number[];
}

interface Question {
  /** The folder that the job's `--output` names. */
  output: string;
  /** The job's `--splits`. */
  splits: number;
  /** Looks for the gap only among the silences that touch this time, in wall clock ms; default: all of them. */
  window?: { fromMs: number; toMs: number };
}

const POLL_MS = 100;

/**
 * Judges the output of a job that has ended by a stop. (A cancelled job leaves records under way, which look lost:
 * judge it with `checkRunning` before the cancel.)
 *
 * @throws Error if there are no lines, lines of another job, or none around the window
 */
export async function checkFinished(question: Question): Promise<Verdict> {
  const seen = new Seen(question.splits);
  await new OutputTail(question.output).readOn((line) => seen.add(line));
  return seen.judge(question);
}

/**
 * Judges the output of a job that still runs. Its files are read at different moments, so the newest records look
 * lost. Hence a cut: how far each split was at the first reading. Records up to there are judged once none of them can
 * still be on its way: a key's records are written in order, so one that is missing is lost when a later one of its
 * key is there. Needs the clock of the machine that the job runs on.
 *
 * @param question deadlineMs: how long to wait for that, in ms; a lost record needs a whole round of the keys
 * @throws Error as `checkFinished`, and if the job has not come past the cut by the deadline
 */
export async function checkRunning(question: Question & { deadlineMs: number }): Promise<Verdict> {
  const giveUpAtMs = Date.now() + question.deadlineMs;
  const seen = new Seen(question.splits);
  const tail = new OutputTail(question.output);
  const readOn = () => tail.readOn((line) => seen.add(line));

  await readOn();
  const cut = seen.newestOfEachSplit();
  for (;;) {
    await readOn();
    const pending = seen.stillOnTheirWay(cut);
    if (pending === undefined) {
      // That reading may have passed a file just before a missing line came; one that starts now cannot.
      const completeUntilMs = Date.now();
      await readOn();
      return seen.judge(question, { cut, completeUntilMs });
    }
    if (Date.now() > giveUpAtMs) {
      throw new Error(`no verdict after ${question.deadlineMs} ms, the job stands or went back: ${pending}`);
    }
    await sleep(POLL_MS);
  }
}

/** One line for a person. */
export function describe(verdict: Verdict): string {
  const { lost, countedTwice, forgotten, replayed, oldestReplayMs, gapMs, missingSplits } = verdict;
  return [
    `lost ${lost}`,
    `counted twice ${countedTwice}`,
    ...(forgotten > 0 ? [`forgotten ${forgotten}`] : []),
    `replayed ${replayed}${replayed > 0 ? ` (up to ${oldestReplayMs} ms old)` : ''}`,
    `longest gap ${gapMs} ms`,
    ...(missingSplits.length > 0 ? [`never seen: split ${missingSplits.join(', ')}`] : []),
  ].join(', ');
}

/** The part of a running job's output that can be judged: seqs up to each split's cut, silences up to a time. */
interface Limits {
  cut: number[];
  completeUntilMs: number;
}

/** All lines read so far, as far as a verdict needs them. */
class Seen {
  /** For each split, by seq: when the record was first written. */
  private readonly firstMs: number[][];
  /** Likewise when it was last written, for those with several lines. */
  private readonly lastMs: Map<number, number>[];
  private replayed = 0;
  /** The moments at which something was written. */
  private readonly wallMs: number[] = [];
  /** By how much the count of a key was too high, and too low, at worst. */
  private readonly above = new Map<string, number>();
  private readonly below = new Map<string, number>();
  private keys: number | undefined;

  constructor(splits: number) {
    this.firstMs = Array.from({ length: splits }, () => []);
    this.lastMs = Array.from({ length: splits }, () => new Map<number, number>());
  }

  add(line: OutputLine): void {
    const { wallMs, split, seq, keys, count } = line;
    const firstMs = this.firstMs[split];
    const lastMs = this.lastMs[split];
    this.keys ??= keys;
    if (firstMs === undefined || lastMs === undefined || keys !== this.keys) {
      throw new Error(`not a line of this job: split ${split}, ${keys} keys a split`);
    }
    const before = firstMs[seq];
    if (before === undefined) {
      firstMs[seq] = wallMs;
    } else {
      this.replayed++;
      firstMs[seq] = Math.min(before, wallMs);
      lastMs.set(seq, Math.max(lastMs.get(seq) ?? before, wallMs));
    }
    if (this.wallMs.at(-1) !== wallMs) this.wallMs.push(wallMs);
    const excess = count - rightCount(line);
    if (excess > 0) raise(this.above, `${split}/${seq % keys}`, excess);
    if (excess < 0) raise(this.below, `${split}/${seq % keys}`, -excess);
  }

  /** -1 for a split that was not seen. */
  newestOfEachSplit(): number[] {
    return this.firstMs.map((firstMs) => firstMs.length - 1);
  }

  /** Says which record up to the cut may still come, undefined if none. Each split must have come, and passed it. */
  stillOnTheirWay(cut: number[]): string | undefined {
    for (const [split, firstMs] of this.firstMs.entries()) {
      const until = cut[split] ?? -1;
      if (firstMs.length === 0) return `split ${split} was never seen`;
      if (firstMs.length - 1 <= until) return `split ${split} stands at seq ${until}`;
      const seq = holes(firstMs, until).find((hole) => !this.keyWentOn(firstMs, hole));
      if (seq !== undefined) return `split ${split}, seq ${seq}, and nothing later of its key`;
    }
    return undefined;
  }

  private keyWentOn(firstMs: number[], hole: number): boolean {
    const round = this.keys ?? 1;
    for (let seq = hole + round; seq < firstMs.length; seq += round) {
      if (firstMs[seq] !== undefined) return true;
    }
    return false;
  }

  judge({ output, window }: Question, limits?: Limits): Verdict {
    if (this.wallMs.length === 0) throw new Error(`no lines in ${output}`);
    const cut = limits?.cut ?? this.newestOfEachSplit();
    const missingSplits = [...this.firstMs.keys()].filter((split) => this.firstMs[split]?.length === 0);
    const holesBelow = sum(this.firstMs.map((firstMs, split) => holes(firstMs, cut[split] ?? -1).length));
    const judged = sum(cut.map((until) => until + 1));
    return {
      records: judged - holesBelow,
      lost: holesBelow + missingSplits.length,
      countedTwice: sum(this.above.values()),
      forgotten: sum(this.below.values()),
      replayed: this.replayed,
      oldestReplayMs: this.oldestReplayMs(),
      ...longestGap(
        this.wallMs,
        window ?? { fromMs: 0, toMs: Infinity },
        limits?.completeUntilMs ?? Infinity,
      ),
      splits: this.firstMs.length,
      missingSplits,
    };
  }

  private oldestReplayMs(): number {
    let oldest = 0;
    for (const [split, lastMs] of this.lastMs.entries()) {
      for (const [seq, last] of lastMs) {
        oldest = Math.max(oldest, last - (this.firstMs[split]?.[seq] ?? last));
      }
    }
    return oldest;
  }
}

type Gap = Pick<Verdict, 'gapMs' | 'gapFromMs' | 'gapToMs'>;

function longestGap(
  wallMs: number[],
  window: { fromMs: number; toMs: number },
  completeUntilMs: number,
): Gap {
  const moments = Float64Array.from(wallMs).sort();
  let longest: Gap | undefined;
  moments.forEach((gapToMs, index) => {
    const gapFromMs = moments[index - 1] ?? gapToMs;
    const counts = gapToMs >= window.fromMs && gapFromMs <= window.toMs && gapToMs <= completeUntilMs;
    const gapMs = gapToMs - gapFromMs;
    if (counts && gapMs >= (longest?.gapMs ?? 0)) longest = { gapMs, gapFromMs, gapToMs };
  });
  if (longest === undefined) throw new Error(`no lines between ${window.fromMs} and ${window.toMs}`);
  return longest;
}

/** The seqs up to `until` that no line shows. */
function holes(firstMs: number[], until: number): number[] {
  const found: number[] = [];
  for (let seq = 0; seq <= until; seq++) {
    if (firstMs[seq] === undefined) found.push(seq);
  }
  return found;
}

function raise(map: Map<string, number>, key: string, to: number): void {
  map.set(key, Math.max(map.get(key) ?? 0, to));
}

function sum(numbers: Iterable<number>): number {
  let total = 0;
  for (const number of numbers) total += number;
  return total;
}
