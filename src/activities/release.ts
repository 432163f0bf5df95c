import type { Provision, Released } from '../planning/provision';
import { PlatformRefused } from '../platform';
import type { Cluster } from './cluster';
import { ownerOf } from './demand';
import { heartbeating, isSilence, pause, unheard } from './wait';
import type { Pulse } from './wait';

export interface ReleaseInput {
  readonly cluster: string;
  readonly provision: Provision;
}

/** The platform, and the TaskManagers that are to go, are waited for so long: nothing depends on them any more. */
const waitMs = 60_000;

/**
 * As many TaskManagers as there were before `provide`, and waits until Flink knows no more of them, so that whoever plans
 * next does not count on one that goes. Left is what somebody else has asked for since, and what may hold tasks: a platform
 * ends any it likes.
 */
export async function release(cluster: Cluster, { provision }: ReleaseInput): Promise<Released> {
  const back: Released = { kind: 'BACK', wanted: provision.before };
  return heartbeating((pulse) => untilGone(pulse, () => step(cluster, provision, pulse), back));
}

interface Stuck {
  readonly kind: 'STUCK';
  readonly why: string;
}

/**
 * Takes steps until one tells how it ended. Neither Flink nor the platform is waited for any longer if it does not answer.
 *
 * @param going what it has come to if they are still GOING when the time is over
 */
export async function untilGone<T>(
  pulse: Pulse<unknown>,
  step: () => Promise<T | 'GOING'>,
  going: T | Stuck = { kind: 'STUCK', why: `Flink still knows them after ${waitMs} ms` },
): Promise<T | Stuck> {
  let left: T | Stuck = { kind: 'STUCK', why: 'nobody was asked' };
  let isGoing = false;
  for (const startedAt = Date.now(); Date.now() - startedAt <= waitMs;) {
    try {
      const seen = await step();
      pulse.waiting = undefined;
      if (seen !== 'GOING') return seen;
      [left, isGoing] = [going, true];
      await pause(pulse, 250);
    } catch (error) {
      if (error instanceof PlatformRefused) return { kind: 'STUCK', why: error.message };
      if (!isSilence(error)) throw error;
      if (!isGoing) left = { kind: 'STUCK', why: error.message };
      await unheard(pulse, error, 250);
    }
  }
  return left;
}

async function step(
  cluster: Cluster,
  { before, count, slotsEach, free }: Provision,
  pulse: Pulse<unknown>,
): Promise<Released | 'GOING'> {
  const owner = ownerOf(cluster);
  const { taskmanagers: registered, 'slots-available': available } = await cluster.flink.overview(pulse.lost);
  const wanted = await owner.wanted(pulse.lost);
  if (wanted === before) return registered > before ? 'GOING' : { kind: 'BACK', wanted };
  if (wanted !== count) return { kind: 'OVERRULED', wanted };
  const came = Math.max(0, registered - before);
  const idle = available >= free + came * slotsEach;
  const target = idle ? before : Math.max(before, Math.min(registered, count));
  pulse.lost.throwIfAborted();
  await owner.scale(target);
  return target === before ? 'GOING' : { kind: 'KEPT', wanted: target };
}
