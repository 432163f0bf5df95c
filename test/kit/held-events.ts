import { execFile, execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';

/**
 * Temporal's database refuses to go on: a run whose history has come to a given event cannot have the next one written,
 * whatever the server tries, until it is let go. Where the server is killed is no race then. With SQLite's own program:
 * Node's is of a later Node.
 */
export class HeldEvents {
  private readonly database: string;

  constructor(runDir: string) {
    this.database = join(runDir, 'temporal.db');
  }

  /**
   * Once, when the server has made its tables. A write that fails for a reason that it does not know makes the server take
   * its shard, with all runs, up anew; one that came too late, as somebody else has written meanwhile, it just tries again.
   * Events are written first, and so the latter is what most of those are told that go too far.
   */
  install(): void {
    this.change(`
      CREATE TABLE held (workflow_id TEXT PRIMARY KEY, last INT NOT NULL, silent INT NOT NULL);
      CREATE TRIGGER refused BEFORE UPDATE ON executions WHEN NEW.data != OLD.data AND EXISTS (
        SELECT 1 FROM held WHERE workflow_id = NEW.workflow_id AND (
          (NEW.next_event_id > OLD.next_event_id AND NEW.next_event_id > last + 1)
          OR (silent AND OLD.next_event_id = last + 1)))
      BEGIN SELECT RAISE(ABORT, 'held by a test'); END;
      CREATE TRIGGER late BEFORE INSERT ON history_node WHEN EXISTS (
        SELECT 1 FROM held JOIN executions USING (workflow_id) WHERE run_id = NEW.tree_id AND (
          NEW.node_id > last OR EXISTS (
            SELECT 1 FROM history_node WHERE tree_id = run_id AND node_id >= next_event_id)))
      BEGIN UPDATE executions SET db_record_version = db_record_version + 1 WHERE run_id = NEW.tree_id; END;`);
  }

  /** To be called before the run begins. `silent`: then nothing at all is written, not that an activity was taken either. */
  hold(workflowId: string, last: number, silent: boolean): void {
    this.change(`INSERT INTO held VALUES ('${workflowId}', ${last}, ${silent ? 1 : 0});`);
  }

  letGo(): void {
    this.change('DELETE FROM held;');
  }

  /**
   * Of these runs, by run id. The server writes events first, and then, at once with all else that they change, that they
   * count: of what was refused, the events are there.
   */
  async written(runIds: readonly string[]): Promise<Map<string, Written>> {
    const keys = runIds.map((id) => `X'${id.replaceAll('-', '')}'`);
    const rows = await this.read(
      `SELECT lower(hex(run_id)) AS run, next_event_id - 1 AS last,
         max(iif(node_id < next_event_id, node_id, 0)) AS first, max(node_id) >= next_event_id AS refused
       FROM executions JOIN history_node ON tree_id = run_id WHERE run_id IN (${keys.join()}) GROUP BY run_id`,
      z.object({ run: z.string(), first: z.int(), last: z.int(), refused: z.int() }),
    );
    const found = new Map(
      rows.map(({ run, refused, ...events }) => [run, { ...events, refused: refused === 1 }]),
    );
    return new Map(
      runIds.flatMap((id) => {
        const one = found.get(id.replaceAll('-', ''));
        return one === undefined ? [] : [[id, one] as const];
      }),
    );
  }

  /** Ids of the last events of all transactions that made the history of that run, in order. */
  async transactions(runId: string, length: number): Promise<number[]> {
    const rows = await this.read(
      `SELECT DISTINCT node_id AS first FROM history_node WHERE tree_id = X'${runId.replaceAll('-', '')}' ORDER BY 1`,
      z.object({ first: z.int() }),
    );
    return [...rows.map(({ first }) => first - 1).slice(1), length];
  }

  private change(sql: string): void {
    execFileSync('sqlite3', ['-cmd', '.timeout 10000', this.database, sql]);
  }

  private async read<T>(sql: string, row: z.ZodType<T>): Promise<T[]> {
    const args = ['-json', '-readonly', '-cmd', '.timeout 10000', this.database, sql];
    const { stdout } = await promisify(execFile)('sqlite3', args);
    return stdout === '' ? [] : z.array(row).parse(JSON.parse(stdout));
  }
}

/** Ids of the events that were written last, at once, and whether the server was refused others after them. */
export interface Written {
  readonly first: number;
  readonly last: number;
  readonly refused: boolean;
}
