import { CancellationScope, log } from '@temporalio/workflow';
import type { Notice } from '../contracts/notice';
import { notify } from './steps';

/**
 * What a run tells the webhook of weir.yaml, if there is one. The run goes on meanwhile, and a webhook that fails is no
 * concern of it: each notice is given up after a few seconds.
 */
export class Notices {
  /** Whether there is a webhook: without one nothing is scheduled. */
  wanted = false;
  private readonly underWay: Promise<void>[] = [];

  tell(notice: Notice): void {
    if (!this.wanted) return;
    const summary = `tell the webhook: ${notice.type} of ${notice.job}`;
    const told = CancellationScope.nonCancellable(() => notify(summary, notice));
    this.underWay.push(
      told.catch((error: unknown) => log.warn('the webhook was not told', { notice: notice.type, error })),
    );
  }

  /** Nothing is under way any more: what ends the workflow before would lose it. */
  async settled(): Promise<void> {
    await Promise.all(this.underWay);
  }
}
