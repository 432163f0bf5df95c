import { Worker } from '@temporalio/worker';
import type { WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { PassThrough } from 'node:stream';
import type { Ran } from './run';

type Answer = (error: Error | undefined) => void;

/**
 * Replays histories, one after the other, on one worker. A worker for each would do the same some 500 times: each leaves
 * its bundle's source map in the WebAssembly memory of the process, which has 2 GB.
 */
export class Replayer {
  private readonly histories = new PassThrough({ objectMode: true });
  private readonly asked: Answer[] = [];
  private readonly answering: Promise<void>;

  constructor(bundle: WorkflowBundleWithSourceMap) {
    this.answering = this.answer(bundle);
  }

  /** Why the run's history does not replay; undefined if it does. */
  unlike({ history, record: { workflowId } }: Ran): Promise<Error | undefined> {
    return new Promise((resolve) => {
      this.asked.push(resolve);
      this.histories.write({ history, workflowId });
    });
  }

  async stop(): Promise<void> {
    this.histories.end();
    await this.answering;
  }

  private async answer(workflowBundle: WorkflowBundleWithSourceMap): Promise<void> {
    try {
      for await (const { error } of Worker.runReplayHistories({ workflowBundle }, this.histories))
        this.asked.shift()?.(error);
    } catch (error) {
      const why = error instanceof Error ? error : new Error(String(error));
      for (const answer of this.asked.splice(0)) answer(why);
    }
  }
}
