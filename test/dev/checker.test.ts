import { appendFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkFinished, checkRunning, describe as inWords } from '../../src/dev/checker';

const SPLITS = 3;
const KEYS = 4;
const START_MS = 1_700_000_000_000;

interface Written {
  wallMs: number;
  split: number;
  seq: number;
  count: number;
}

/** Record `seq` of each split, a line each ms. */
function round(seq: number, startMs = START_MS): Written[] {
  return Array.from({ length: SPLITS }, (_, split) => ({
    wallMs: startMs + seq * SPLITS + split,
    split,
    seq,
    count: Math.floor(seq / KEYS) + 1,
  }));
}

const rounds = (from: number, to: number): Written[] =>
  Array.from({ length: to - from }, (_, n) => round(from + n)).flat();

const textOf = ({ wallMs, split, seq, count }: Written): string =>
  `${wallMs} ${split} ${seq} ${seq % KEYS}/${KEYS} ${count}\n`;

let output: string;

beforeEach(async () => {
  output = await mkdtemp(join(tmpdir(), 'checker-'));
});

afterEach(async () => {
  await rm(output, { recursive: true });
});

/** Writes the lines as a job of parallelism 2 does: the keys are shared by two files. */
async function write(lines: Written[], attempt = 1): Promise<void> {
  await mkdir(output, { recursive: true });
  for (const subtask of [0, 1]) {
    const own = lines.filter(({ seq }) => seq % 2 === subtask);
    await appendFile(join(output, `${attempt}-${subtask}.lines`), own.map(textOf).join(''));
  }
}

const finished = (window?: { fromMs: number; toMs: number }) =>
  checkFinished({ output, splits: SPLITS, ...(window && { window }) });

const running = (deadlineMs: number) => checkRunning({ output, splits: SPLITS, deadlineMs });

describe('the output of a job that has ended', () => {
  const clean = rounds(0, 20);
  const isRecord = (split: number, seq: number) => (line: Written) =>
    line.split === split && line.seq === seq;

  it('is clean when every record was written once and counted once', async () => {
    await write(clean);
    expect(await finished()).toMatchObject({
      records: 60,
      lost: 0,
      countedTwice: 0,
      forgotten: 0,
      replayed: 0,
      oldestReplayMs: 0,
      gapMs: 1,
      splits: 3,
      missingSplits: [],
    });
  });

  it('shows a record that was never written as lost', async () => {
    await write(clean.filter((line) => !isRecord(1, 7)(line)));
    expect(await finished()).toMatchObject({ records: 59, lost: 1, countedTwice: 0, replayed: 0, gapMs: 2 });
  });

  it('shows a line that was written again as replayed, with the age of the state that the job went back to', async () => {
    const again = clean.filter(isRecord(1, 7)).map((line) => ({ ...line, wallMs: line.wallMs + 900 }));
    await write(clean);
    await write(again, 2);
    expect(await finished()).toMatchObject({ records: 60, lost: 0, replayed: 1, oldestReplayMs: 900 });
  });

  it('shows a record that the state counted twice, once, however many lines of its key follow', async () => {
    await write(
      clean.map((line) =>
        line.split === 2 && line.seq % KEYS === 3 && line.seq >= 7
          ? { ...line, count: line.count + 1 }
          : line,
      ),
    );
    expect(await finished()).toMatchObject({ lost: 0, countedTwice: 1, forgotten: 0 });
  });

  it('shows how many records of a key the state has forgotten', async () => {
    await write(
      clean.map((line) =>
        line.split === 2 && line.seq % KEYS === 3 && line.seq >= 11
          ? { ...line, count: line.count - 2 }
          : line,
      ),
    );
    expect(await finished()).toMatchObject({ lost: 0, countedTwice: 0, forgotten: 2 });
  });

  it('names a split that was never seen, and counts it as lost', async () => {
    await write(clean.filter(({ split }) => split !== 1));
    expect(await finished()).toMatchObject({ records: 40, lost: 1, splits: 3, missingSplits: [1] });
  });

  it('ignores the torn last line of a killed subtask', async () => {
    await write(rounds(0, 10));
    await appendFile(join(output, '1-0.lines'), `${START_MS + 30} 0 10 2/4 1`);
    await write(rounds(10, 20), 2);
    expect(await finished()).toMatchObject({
      records: 60,
      lost: 0,
      countedTwice: 0,
      forgotten: 0,
      replayed: 0,
    });
  });

  it('finds the longest silence over all files, or only those that touch a window', async () => {
    const later = (ms: number) => (line: Written) => ({ ...line, wallMs: line.wallMs + ms });
    await write(rounds(0, 5));
    await write(rounds(5, 10).map(later(300)), 2);
    await write(rounds(10, 15).map(later(800)), 3);
    expect(await finished()).toMatchObject({
      gapMs: 501,
      gapFromMs: START_MS + 29 + 300,
      gapToMs: START_MS + 30 + 800,
    });
    expect(await finished({ fromMs: START_MS + 100, toMs: START_MS + 200 })).toMatchObject({
      gapMs: 301,
      gapFromMs: START_MS + 14,
      gapToMs: START_MS + 15 + 300,
    });
    await expect(finished({ fromMs: START_MS + 10_000, toMs: START_MS + 20_000 })).rejects.toThrow(
      'no lines between',
    );
  });

  it.each([
    ['torn in the middle of a file', `1700000000030 0 1\n`],
    ['of another job', `the quick brown fox\n`],
    ['with a key that its seq does not have', `1700000000030 0 10 3/4 3\n`],
    ['of a split that the job does not have', `1700000000030 3 10 2/4 3\n`],
    ['of a job with other keys', `1700000000030 0 10 0/5 3\n`],
  ])('is refused for a line %s', async (_, text) => {
    await write(clean);
    await appendFile(join(output, '1-0.lines'), text);
    await expect(finished()).rejects.toThrow('not a line of');
  });

  it('is refused when there are no lines', async () => {
    await writeFile(join(output, '1-0.lines'), '');
    await expect(finished()).rejects.toThrow('no lines');
    await rm(output, { recursive: true });
    await expect(finished()).rejects.toThrow('no lines');
    await mkdir(output);
  });

  it('is told to a person in one line', async () => {
    await write(clean);
    expect(inWords(await finished())).toBe('lost 0, counted twice 0, replayed 0, longest gap 1 ms');
    await write(round(3, START_MS + 400), 2);
    await writeFile(
      join(output, '3-0.lines'),
      textOf({ wallMs: START_MS + 420, split: 0, seq: 25, count: 1 }),
    );
    expect(inWords(await finished())).toBe(
      'lost 5, counted twice 0, forgotten 6, replayed 3 (up to 400 ms old), longest gap 350 ms',
    );
  });
});

describe('the output of a job that still runs', () => {
  const BEHIND = 3;

  /** One step of a job whose second file (the odd seqs) is always some rounds behind the first. */
  const step = (n: number, without: (line: Written) => boolean): Written[] =>
    [
      round(n).filter(({ seq }) => seq % 2 === 0),
      n < BEHIND ? [] : round(n - BEHIND).filter(({ seq }) => seq % 2 === 1),
    ]
      .flat()
      .map((line, index) => ({ ...line, wallMs: Date.now() + index }))
      .filter((line) => !without(line));

  async function whileItRuns<T>(judge: () => Promise<T>, without = (_: Written) => false): Promise<T> {
    let runs = true;
    const job = async () => {
      for (let n = 20; runs; n++) {
        await write(step(n, without));
        await sleep(2);
      }
    };
    for (let n = 0; n < 20; n++) await write(step(n, without));
    const ended = job();
    try {
      return await judge();
    } finally {
      runs = false;
      await ended;
    }
  }

  it('is clean, though one file is ahead of the other whenever they are read', async () => {
    const { naive, verdict } = await whileItRuns(async () => ({
      naive: await finished(),
      verdict: await running(5_000),
    }));
    expect(naive.lost).toBeGreaterThan(0);
    expect(verdict).toMatchObject({ lost: 0, countedTwice: 0, forgotten: 0, replayed: 0, missingSplits: [] });
    expect(verdict.records).toBeGreaterThanOrEqual(naive.records + naive.lost);
  });

  it('shows a record that was lost', async () => {
    const verdict = await whileItRuns(
      () => running(5_000),
      ({ split, seq }) => split === 1 && seq === 9,
    );
    expect(verdict).toMatchObject({ lost: 1, countedTwice: 0 });
  });

  it('is awaited when there is none yet', async () => {
    await rm(output, { recursive: true });
    const verdict = running(5_000);
    await whileItRuns(() => verdict);
    expect(await verdict).toMatchObject({ lost: 0 });
  });

  it('is refused when the job does not go on', async () => {
    await write(rounds(0, 20));
    await expect(running(200)).rejects.toThrow('split 0 stands at seq 19');
  });

  it('is refused when a split never comes', async () => {
    const withoutSplit2 = whileItRuns(
      () => running(300),
      ({ split }) => split === 2,
    );
    await expect(withoutSplit2).rejects.toThrow('split 2 was never seen');
  });

  it('is refused at once for a line of another job', async () => {
    await appendFile(join(output, '1-0.lines'), 'the quick brown fox\n');
    await expect(running(600_000)).rejects.toThrow('not a line of the orders job: "the quick brown fox"');
  });

  it('is refused when nothing was written by the deadline', async () => {
    await expect(running(200)).rejects.toThrow('split 0 was never seen');
  });
});
