import { setTimeout as sleep } from 'node:timers/promises';
import type { FlinkClient } from '../../src/flink/client';
import type { Effect, FlinkSimulator } from '../flink-simulator';
import { Abandoned } from './attempts';
import type { Attempt, Attempts } from './attempts';
import { mutating } from './case';
import type { CallAt, Crash, Method, When } from './case';

/** A call as the product sent it. */
export interface Sent {
  readonly method: Method;
  readonly args: readonly unknown[];
  readonly activity: string | undefined;
  /** Where an attempt died at it, or went on unheard. */
  readonly crash?: Crash;
}

/** What is counted here. */
type Countable = Extract<When, { nth: number }>;

type Send = () => Promise<unknown>;

/** What a call that its attempt did not live to see is executed after. */
const overtakenMs = 4_500;

/** The calls of one run on their way to its Flink: noted, counted, and cut off where an attempt dies. */
export class Calls {
  readonly sent: Sent[] = [];
  private readonly counts = new Map<string, number>();
  private readonly crashes: Crash[];
  private readonly waiting: { readonly when: Countable; readonly happened: () => void }[] = [];
  private readonly watchers: ((sent: Sent) => void)[] = [];
  private readonly late: Send[] = [];
  private readonly repeatable: { readonly sent: Sent; readonly send: Send }[] = [];

  constructor(
    private readonly flink: FlinkSimulator,
    private readonly attempts: Attempts,
    crashes: readonly Crash[],
  ) {
    this.crashes = [...crashes];
    flink.onEffect((effect) => this.note(effect.kind));
  }

  /** The client, with this between it and Flink. */
  through(client: FlinkClient): FlinkClient {
    return new Proxy(client, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== 'function' || !isMethod(target, name)) return value;
        return (...args: unknown[]) =>
          this.pass(name, args, () => Promise.resolve<unknown>(Reflect.apply(value, target, args)));
      },
    });
  }

  /** Resolves at that moment. */
  async at(when: Countable): Promise<void> {
    return new Promise((happened) => this.waiting.push({ when, happened }));
  }

  /** Calls `watcher` right before each call. */
  watch(watcher: (sent: Sent) => void): void {
    this.watchers.push(watcher);
  }

  /** All is over: what is LATE is executed now, unless the JobManager that it was meant for is gone. */
  async releaseLate(): Promise<void> {
    await Promise.all(this.late.splice(0).map((send) => send().catch(() => undefined)));
  }

  /** Each call that changed something, once more. */
  async repeat(): Promise<void> {
    for (const { sent, send } of this.repeatable.splice(0))
      if (!this.wasRefused(sent)) await send().catch(() => undefined);
  }

  private async pass(method: Method, args: readonly unknown[], send: Send): Promise<unknown> {
    const attempt = this.attempts.current();
    if (attempt?.fate === 'DEAD') return this.never(attempt);
    const changes = mutating.includes(method);
    const names = [method, ...(changes ? ['MUTATING'] : []), 'ANY'];
    for (const name of names) this.note(name);
    const at = this.crashes.findIndex((one) => names.includes(one.call) && this.count(one.call) === one.nth);
    const crash = attempt === undefined ? undefined : this.crashes.splice(at, at < 0 ? 0 : 1)[0];
    const sent = { method, args, activity: attempt?.activity, ...(crash === undefined ? {} : { crash }) };
    this.sent.push(sent);
    for (const watcher of this.watchers) watcher(sent);
    if (changes && method !== 'uploadJar' && method !== 'planJar') this.repeatable.push({ sent, send });
    if (attempt === undefined || crash === undefined) return send();
    return this.cutOff(attempt, crash, sent, send);
  }

  private async cutOff(attempt: Attempt, { what }: Crash, sent: Sent, send: Send): Promise<unknown> {
    const generation = this.generation();
    const unlessLost: Send = async () => {
      if (this.generation() === generation && !this.wasRefused(sent)) await send();
    };
    attempt.fate = what === 'TWO_RUNNERS' ? 'MUTE' : 'DEAD';
    switch (what) {
      case 'TWO_RUNNERS':
        return send();
      case 'NEVER_SENT':
        break;
      case 'UNREAD':
        await send().catch(() => undefined);
        break;
      case 'OVERTAKEN':
        await Promise.race([sleep(overtakenMs), this.attempts.over(attempt.workflowId)]);
        await unlessLost().catch(() => undefined);
        break;
      case 'LATE':
        this.late.push(unlessLost);
        break;
    }
    return this.never(attempt);
  }

  private async never(attempt: Attempt): Promise<never> {
    await this.attempts.over(attempt.workflowId);
    throw new Abandoned();
  }

  /**
   * Whether Flink has refused this very submit, and kept no job of its id: it would take it now. Nothing can be done
   * about one that is on its way while the next attempt is told no, so it does not come after that here.
   */
  private wasRefused({ method, args: [, jobId] }: Sent): boolean {
    const outcomes = this.flink.calls.filter((call) => call.verb === 'RUN' && call.jobId === jobId);
    const became = outcomes.map(({ outcome }) => outcome);
    const has = became.includes('EXECUTED') || became.includes('KNOWN');
    return method === 'runJar' && became.includes('REFUSED') && !has;
  }

  /** Counts JobManagers that were lost. */
  private generation(): number {
    return this.flink.effects.filter(({ kind }) => kind === 'JOB_MANAGER_LOST').length;
  }

  private count(name: CallAt['call'] | Effect['kind']): number {
    return this.counts.get(name) ?? 0;
  }

  private note(name: string): void {
    const nth = (this.counts.get(name) ?? 0) + 1;
    this.counts.set(name, nth);
    for (const { when, happened } of this.waiting) {
      if (when.nth === nth && name === ('call' in when ? when.call : when.effect)) happened();
    }
  }
}

function isMethod(client: FlinkClient, name: string | symbol): name is Method {
  return typeof name === 'string' && name in client;
}
