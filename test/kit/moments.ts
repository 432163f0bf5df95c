import type { FlinkSimulator, Hold } from '../flink-simulator';
import { mutatingCalls } from './calls';
import type { MutatingCall } from './calls';

/** When the worker dies, and what becomes of the call that it had sent. */
export const moments = [
  { moment: 'BEFORE', title: 'before (it never reaches Flink)' },
  { moment: 'DURING', title: 'during (it is executed before the next worker looks)' },
  { moment: 'LATE', title: 'during (it is executed when everything is over)' },
  { moment: 'UNREAD', title: 'after (executed, the answer not read)' },
  { moment: 'READ', title: 'after (the answer was read)' },
] as const;
export type Moment = (typeof moments)[number]['moment'];

/** Each call that changes something, at each of the moments. */
export const cases = mutatingCalls.flatMap((call) =>
  moments.map(({ moment, title }) => ({ call, moment, title })),
);

/** Waits until the worker waits for the answer of this call, or, if it has READ that, for the one after. */
export async function heldAt(
  flink: FlinkSimulator,
  { on, after }: Pick<MutatingCall, 'on' | 'after'>,
  moment: Moment,
): Promise<Hold> {
  const isExecuted = moment === 'UNREAD' || moment === 'READ';
  const call = flink.hold(on, isExecuted ? 'AFTER' : 'BEFORE', { after, times: 1 });
  await call.arrived;
  if (moment !== 'READ') return call;
  // this worker's next one alone: another worker that starts meanwhile asks every cluster how it is
  const next = flink.hold('ANY', 'BEFORE', { times: 1 });
  call.release();
  await next.arrived;
  return next;
}

/** What becomes of the call once the worker is gone; a LATE one stays held. */
export function letGo(held: Hold, moment: Moment): void {
  switch (moment) {
    case 'BEFORE':
      return held.drop();
    case 'DURING':
    case 'UNREAD':
    case 'READ':
      return held.release();
    case 'LATE':
      return;
  }
}
