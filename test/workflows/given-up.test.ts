import { slug } from '../kit/calls';
import { begin } from '../kit/course-run';
import { phases } from '../kit/phases';
import { endOf } from '../kit/rescale';
import { useSimulated } from '../kit/simulated';
import { together } from '../kit/together';
import { says, signal, untilPhase } from '../kit/watch';

/**
 * An operator gives up while Flink cannot be reached, and the job is stopped: that is heard without Flink, and what may
 * be live is named (P29, P30).
 */
const cases = phases
  .filter(({ activity }) => ['restart', 'withdraw', 'revive'].includes(activity))
  .map((point) => ({ ...point, name: `${point.phase} (${point.activity})` }));
const place = useSimulated('given-up', { clusters: cases.map(({ name }) => slug(name)) });

const stories = cases.map(({ name, course, held }): [string, () => Promise<void>] => [
  `P29, P30: given up in ${name} while Flink cannot be reached: JobDown, what may be live is named`,
  async () => {
    const input = { ...course.input, timeouts: { ...course.input?.timeouts, attention: 500 } };
    const run = await begin(place(), slug(name), { ...course, input }, held);
    const { flink, workflowId } = run;
    const hold = await run.first;
    await flink.unreachable();
    hold.release();
    await untilPhase(place(), workflowId, 'ATTENTION');
    await signal(place(), workflowId, 'giveUp');

    const ended = await endOf(place(), workflowId);
    expect(ended).toMatchObject({ status: 'FAILED', type: 'JobDown' });
    const [live] = flink.live('orders');
    says(
      ended,
      live === undefined ? 'no job named orders runs' : `it is not known whether ${live.id} still runs`,
      'flink run -s',
    );
  },
]);
together(Object.fromEntries(stories), 90_000);
