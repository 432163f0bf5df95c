/**
 * The data of the jobs, by name: what outlives every JobManager and every job. One record arrives each ms from the
 * moment at which the first job of the name ran; a job that runs has read all of them. It counts each in its state,
 * and writes it twice: to a plain sink at once, and to a sink with commits in a transaction, which each barrier ends.
 */
export class Data {
  private readonly streams = new Map<string, Stream>();
  private transactions = 0;

  constructor(private readonly now: () => number) {}

  /** A job's view of the data of its name; `begins`: where it reads from when it has no state. */
  reader(name: string, begins: Begins): Reader {
    return new Reader(this.stream(name), begins, this.now, () => ++this.transactions);
  }

  verdict(name: string): Verdict {
    return this.stream(name).verdict();
  }

  private stream(name: string): Stream {
    const known = this.streams.get(name) ?? new Stream();
    this.streams.set(name, known);
    return known;
  }
}

/** Where the source of a job without state begins: at the first record, or with those to come. */
export type Begins = 'EARLIEST' | 'LATEST';

/** In records. As src/dev/checker.ts judges a real job's output. */
export interface Verdict {
  /** Different ones that were written. */
  readonly records: number;
  /** Not written, or not committed, though later ones were. */
  readonly lost: number;
  /** Committed once more: who adds the output up counts them twice. */
  readonly countedTwice: number;
  /** Those that the state of the job that ran last does not know, though it read on behind them. */
  readonly forgotten: number;
  /** Written once more by the plain sink: normal after a failover, or where a job runs on after its savepoint. */
  readonly replayed: number;
  /** None of these. */
  readonly exact: boolean;
}

/** What a snapshot holds of the data: all below `position` was read, `counted` of it is in the state. */
export interface DataState {
  readonly position: number;
  readonly counted: number;
  /** Transactions that are complete and not committed: who restores the snapshot commits them. */
  readonly pending: readonly Transaction[];
}

interface Range {
  readonly from: number;
  readonly to: number;
}

interface Transaction extends Range {
  readonly id: number;
}

/** Source and sinks of one name. */
class Stream {
  /** The moment of the first record. */
  private origin: number | undefined;
  private readonly written: Range[] = [];
  private readonly committed = new Map<number, Transaction>();
  private readonly readers = new Set<Reader>();
  private newest: Reader | undefined;

  /** The position behind the newest record. */
  end(now: number): number {
    this.origin ??= now;
    return now - this.origin;
  }

  runs(reader: Reader): void {
    this.readers.add(reader);
    this.newest = reader;
  }

  rests(reader: Reader, written: Range): void {
    this.readers.delete(reader);
    this.written.push(written);
  }

  /** A transaction that was committed already is committed no second time. */
  commit(transactions: readonly Transaction[]): void {
    for (const one of transactions) this.committed.set(one.id, one);
  }

  verdict(): Verdict {
    const written = covered([...this.written, ...[...this.readers].map((reader) => reader.writing)]);
    const committed = covered([...this.committed.values()]);
    const seen = {
      lost: Math.max(written.missing, committed.missing),
      countedTwice: committed.again,
      forgotten: this.newest?.forgotten ?? 0,
      replayed: written.again,
    };
    return { records: written.once, ...seen, exact: Object.values(seen).every((n) => n === 0) };
  }
}

/** One job's: how far it has read, what its state has counted, and its transactions. */
export class Reader {
  /** Undefined: it has no state, and has not run. */
  private position: number | undefined;
  private counted = 0;
  private pending: Transaction[] = [];
  /** Where the transaction that is open began. */
  private open = 0;
  private running = false;
  private from = 0;

  constructor(
    private readonly stream: Stream,
    private readonly begins: Begins,
    private readonly now: () => number,
    private readonly nextTransaction: () => number,
  ) {}

  /** What it has written since it runs. */
  get writing(): Range {
    return { from: this.from, to: this.read() };
  }

  get forgotten(): number {
    const position = this.read();
    return Math.max(0, position - this.counted);
  }

  /** From the snapshot, or without any. */
  restore(state: DataState | undefined): void {
    this.rest();
    this.position = state?.position;
    this.counted = state?.counted ?? 0;
    this.pending = [];
    this.stream.commit(state?.pending ?? []);
  }

  run(): void {
    const end = this.stream.end(this.now());
    this.position ??= this.begins === 'EARLIEST' ? 0 : end;
    this.from = this.position;
    this.open = this.position;
    this.running = true;
    this.stream.runs(this);
  }

  /** Reads nothing more; what it has read stands. */
  rest(): void {
    if (!this.running) return;
    const { writing } = this;
    this.running = false;
    this.stream.rests(this, writing);
  }

  /** A barrier passes: what the snapshot will hold. */
  barrier(): DataState {
    const position = this.read();
    this.pending.push({ id: this.nextTransaction(), from: this.open, to: position });
    this.open = position;
    return { position, counted: this.counted, pending: [...this.pending] };
  }

  /** A checkpoint, or the savepoint of a stop, is complete: so are the transactions that it holds. */
  commit({ pending }: DataState): void {
    this.stream.commit(pending);
    this.pending = this.pending.filter((one) => !pending.includes(one));
  }

  /** Reads all that has arrived. */
  private read(): number {
    const position = this.position ?? 0;
    if (!this.running) return position;
    const end = this.stream.end(this.now());
    this.counted += end - position;
    this.position = end;
    return end;
  }
}

/** How many records the ranges cover, how many they cover once more, and how many below the last one they leave out. */
function covered(ranges: readonly Range[]): { once: number; again: number; missing: number } {
  const sorted = ranges.filter(({ from, to }) => from < to).sort((a, b) => a.from - b.from);
  const sum = ranges.reduce((all, { from, to }) => all + to - from, 0);
  let end = 0;
  let missing = 0;
  for (const { from, to } of sorted) {
    missing += Math.max(0, from - end);
    end = Math.max(end, to);
  }
  const once = end - missing;
  return { once, again: sum - once, missing };
}
