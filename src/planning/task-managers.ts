import type { Observation, ObservedTaskManagers } from '../contracts/observation';

/** How many TaskManagers there are, and what one more of them brings. */

interface Seen {
  readonly slots: Observation['slots'];
  readonly taskManagers?: ObservedTaskManagers | undefined;
}

/** How many slots each TaskManager has; undefined where that is not to be told. */
export function slotsOf({ slots, taskManagers }: Seen): number | undefined {
  if (taskManagers?.kind !== 'SEEN') return undefined;
  const each = slots.total / taskManagers.registered;
  return Number.isInteger(each) && each > 0 ? each : undefined;
}

/** Why it is not known what another number of them would come to; undefined if it is. */
export function unclear(seen: Seen): { readonly what: string; readonly valid?: string } | undefined {
  const { slots, taskManagers } = seen;
  if (taskManagers === undefined) return undefined;
  if (taskManagers.kind === 'REFUSED')
    return { what: `how many TaskManagers there are cannot be told: ${taskManagers.reason}` };
  const { wanted, registered } = taskManagers;
  if (wanted !== registered)
    return {
      what: `${wanted} TaskManagers are wanted and ${registered} are registered with Flink`,
      valid: 'wait until all have come or gone, or find out why they do not',
    };
  if (registered === 0)
    return {
      what: 'no TaskManager is registered with Flink, so how many slots one has is not known',
      valid: 'start the first one by hand',
    };
  if (slotsOf(seen) === undefined)
    return {
      what: `${registered} TaskManagers have ${slots.total} slots, so not each the same number of them`,
      valid: 'one taskmanager.numberOfTaskSlots for all',
    };
  return undefined;
}

export function counted(taskManagers: number): string {
  return `${taskManagers} TaskManager${taskManagers === 1 ? '' : 's'}`;
}
