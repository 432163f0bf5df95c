import { Context } from '@temporalio/activity';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';

/** One attempt of an activity, in this process. */
export interface Attempt {
  readonly activity: string;
  readonly workflowId: string;
  /** Whether Temporal hears of it, and it of Temporal. A DEAD one is abandoned; a MUTE one goes on. */
  fate: 'ALIVE' | 'DEAD' | 'MUTE';
}

/** The run whose attempt this was is over. */
export class Abandoned extends Error {
  constructor() {
    super('this attempt was abandoned');
  }
}

/**
 * The attempts of all activities of a worker. One can be cut off from Temporal, as if its process were dead or hung: no
 * heartbeat leaves it, no cancellation reaches it, and a dead one never completes before its run is over.
 */
export class Attempts {
  private readonly byContext = new WeakMap<Context, Attempt>();
  private readonly underWay = new Set<Attempt>();
  private readonly ends = new Map<string, { readonly over: Promise<void>; readonly end: () => void }>();

  readonly interceptor: ActivityInterceptorsFactory = (context) => ({
    inbound: {
      execute: async (input, next) => {
        const attempt = this.begin(context);
        try {
          return await next(input);
        } finally {
          if (attempt.fate === 'DEAD') await this.over(attempt.workflowId);
          this.underWay.delete(attempt);
        }
      },
    },
  });

  /** The attempt that runs this code; undefined outside of activities. */
  current(): Attempt | undefined {
    try {
      return this.byContext.get(Context.current());
    } catch {
      return undefined;
    }
  }

  /** Resolves when that run is over. */
  over(workflowId: string): Promise<void> {
    return this.endOf(workflowId).over;
  }

  /** That run is over: its dead attempts may end. */
  end(workflowId: string): void {
    this.endOf(workflowId).end();
  }

  /** The attempts of that run that have not ended. */
  of(workflowId: string): Attempt[] {
    return [...this.underWay].filter((attempt) => attempt.workflowId === workflowId);
  }

  private begin(context: Context): Attempt {
    const { activityType: activity, workflowExecution } = context.info;
    const attempt: Attempt = { activity, workflowId: workflowExecution?.workflowId ?? '', fate: 'ALIVE' };
    this.byContext.set(context, attempt);
    this.underWay.add(attempt);
    const { heartbeat, cancelled, cancellationSignal } = context;
    const heard = new AbortController();
    cancellationSignal.addEventListener('abort', () => {
      if (attempt.fate === 'ALIVE') heard.abort(cancellationSignal.reason);
    });
    Object.assign(context, {
      heartbeat: (details: unknown) => {
        if (attempt.fate === 'ALIVE') heartbeat(details);
      },
      cancelled: cancelled.catch(async (failure: unknown) => {
        if (attempt.fate === 'ALIVE') throw failure;
        return new Promise<never>(() => undefined);
      }),
      cancellationSignal: heard.signal,
    });
    // nobody need wait for it
    context.cancelled.catch(() => undefined);
    return attempt;
  }

  private endOf(workflowId: string): { readonly over: Promise<void>; readonly end: () => void } {
    let found = this.ends.get(workflowId);
    if (found === undefined) {
      let end: () => void = () => undefined;
      const over = new Promise<void>((resolve) => (end = resolve));
      this.ends.set(workflowId, (found = { over, end }));
    }
    return found;
  }
}
