import { z } from 'zod';
import { slotsFree } from '../planning/capacity';
import type { Provision } from '../planning/provision';
import { PlatformRefused } from '../platform';
import type { Cluster } from './cluster';
import { ownerOf } from './demand';
import { isSilence, lettingGo, pause, pollDelay, unheard } from './wait';
import type { Pulse } from './wait';

export interface ProvideInput {
  readonly cluster: string;
  readonly provision: Provision;
  /** For so long they are waited for, ms. */
  readonly waitMs: number;
}

export type Provided =
  /** The slots are there, and no job holds them. */
  { readonly kind: 'THERE' } | { readonly kind: 'NOT_THERE'; readonly why: string };

const progressSchema = z.object({
  /** Whether as many as we have asked for were read back: another number is somebody else's word then. */
  stands: z.boolean(),
  spentMs: z.number(),
  why: z.string(),
});
type Progress = z.infer<typeof progressSchema>;

/** Between two calls that ask for as many TaskManagers as are wanted already, ms: one that has died may be started by nobody else. */
const remindEveryMs = 5_000;

/**
 * Has so many TaskManagers run that the job finds its slots, and waits until Flink has them. It says how many there are to
 * be, so any number of calls come to one. Neither Flink nor the platform is waited for any longer if it does not answer.
 *
 * @throws CancelledFailure an operator would not wait; they may have been asked for
 */
export async function provide(cluster: Cluster, input: ProvideInput): Promise<Provided> {
  const none: Progress = { stands: false, spentMs: 0, why: 'nobody was asked' };
  return lettingGo(progressSchema, none, (pulse) => new Providing(cluster, input, pulse).carryOut());
}

class Providing {
  private lastAt = Date.now();
  private remindAt = 0;

  constructor(
    private readonly cluster: Cluster,
    private readonly input: ProvideInput,
    private readonly pulse: Pulse<Progress>,
  ) {}

  async carryOut(): Promise<Provided> {
    const { pulse } = this;
    for (const startedAt = Date.now(); ;) {
      try {
        const end = await this.step();
        pulse.waiting = undefined;
        if (end !== undefined) return end;
        await pause(pulse, Math.max(50, Math.min(pollDelay(Date.now() - startedAt), 250)));
      } catch (error) {
        if (error instanceof PlatformRefused) return { kind: 'NOT_THERE', why: error.message };
        if (!isSilence(error)) throw error;
        this.note({ why: error.message });
        await unheard(pulse, error, 250);
      }
      if (this.isLate()) return this.notThere(`not within ${this.input.waitMs} ms: ${pulse.details.why}`);
    }
  }

  private async step(): Promise<Provided | undefined> {
    const { cluster, input, pulse } = this;
    if (await this.areThere()) return { kind: 'THERE' };
    const { before, count } = input.provision;
    const owner = ownerOf(cluster);
    const wanted = await owner.wanted(pulse.lost);
    if (wanted === count) this.note({ stands: true });
    else if (pulse.details.stands || wanted !== before)
      return this.notThere(
        `somebody else has asked for ${wanted} TaskManagers meanwhile, instead of ${count}`,
      );
    if (Date.now() < this.remindAt) return undefined;
    this.remindAt = Date.now() + remindEveryMs;
    pulse.lost.throwIfAborted();
    await owner.scale(count);
    return undefined;
  }

  private async areThere(): Promise<boolean> {
    const { cluster, input, pulse } = this;
    const { count, needed, givenBack } = input.provision;
    const {
      taskmanagers: registered,
      'slots-total': total,
      'slots-available': available,
    } = await cluster.flink.overview(pulse.lost);
    this.note({
      why:
        `${registered} of ${count} TaskManagers are registered with Flink; ${needed} slots are needed and ${available} are free` +
        (givenBack === 0 ? '' : ` beside the ${givenBack} that the job gives back`),
    });
    return slotsFree({ total, available, running: [{ parallelism: givenBack }] }) >= needed;
  }

  private isLate(): boolean {
    const now = Date.now();
    this.note({ spentMs: this.pulse.details.spentMs + now - this.lastAt });
    this.lastAt = now;
    return this.pulse.details.spentMs > this.input.waitMs;
  }

  private notThere(why: string): Provided {
    return { kind: 'NOT_THERE', why };
  }

  private note(change: Partial<Progress>): void {
    this.pulse.details = { ...this.pulse.details, ...change };
  }
}
