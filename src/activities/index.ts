import type { Notice } from '../contracts/notice';
import type { Observation } from '../contracts/observation';
import { adjust } from './adjust';
import type { AdjustInput } from './adjust';
import { clusterNamed } from './cluster';
import type { Clusters } from './cluster';
import { confirm } from './confirm';
import type { ConfirmInput } from './confirm';
import { dispose } from './dispose';
import type { DisposeInput } from './dispose';
import { follow } from './follow';
import type { FollowInput } from './follow';
import { look } from './look';
import type { LookInput } from './look';
import { notify } from './notify';
import type { Webhook } from './notify';
import { observe } from './observe';
import type { ObserveInput } from './observe';
import { provide } from './provide';
import type { ProvideInput } from './provide';
import { release } from './release';
import type { ReleaseInput } from './release';
import { retire } from './retire';
import type { RetireInput } from './retire';
import { restart } from './restart';
import type { RestartInput } from './restart';
import { revive } from './revive';
import type { ReviveInput } from './revive';
import { savepoint } from './savepoint';
import type { SavepointInput } from './savepoint';
import { settle } from './settle';
import type { SettleInput } from './settle';
import { stop } from './stop';
import type { StopInput } from './stop';
import { verify } from './verify';
import type { VerifyInput } from './verify';
import { watch } from './watch';
import type { WatchInput } from './watch';
import { withdraw } from './withdraw';
import type { WithdrawInput } from './withdraw';

/** The activities as Temporal knows them: one a verb, each on the cluster that its input names. */
export function createActivities(clusters: Clusters, webhook: Webhook | undefined) {
  return {
    observe: async (input: ObserveInput): Promise<Observation> => ({
      ...(await observe(clusterNamed(clusters, input.cluster), input)),
      notifies: webhook !== undefined,
    }),
    adjust: (input: AdjustInput) => adjust(clusterNamed(clusters, input.cluster), input),
    confirm: (input: ConfirmInput) => confirm(clusterNamed(clusters, input.cluster), input),
    provide: (input: ProvideInput) => provide(clusterNamed(clusters, input.cluster), input),
    release: (input: ReleaseInput) => release(clusterNamed(clusters, input.cluster), input),
    retire: (input: RetireInput) => retire(clusterNamed(clusters, input.cluster), input),
    savepoint: (input: SavepointInput) => savepoint(clusterNamed(clusters, input.cluster), input),
    stop: (input: StopInput) => stop(clusterNamed(clusters, input.cluster), input),
    restart: (input: RestartInput) => restart(clusterNamed(clusters, input.cluster), input),
    revive: (input: ReviveInput) => revive(clusterNamed(clusters, input.cluster), input),
    verify: (input: VerifyInput) => verify(clusterNamed(clusters, input.cluster), input),
    settle: (input: SettleInput) => settle(clusterNamed(clusters, input.cluster), input),
    dispose: (input: DisposeInput) => dispose(clusterNamed(clusters, input.cluster), input),
    notify: (notice: Notice) => notify(webhook, notice),
    look: (input: LookInput) => look(clusterNamed(clusters, input.cluster), input),
    watch: (input: WatchInput) => watch(clusterNamed(clusters, input.cluster), input),
    follow: (input: FollowInput) => follow(input),
    withdraw: (input: WithdrawInput) => withdraw(clusterNamed(clusters, input.cluster), input),
  };
}

export type Activities = ReturnType<typeof createActivities>;
