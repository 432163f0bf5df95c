/**
 * The time between a savepoint's completion and the submit request, which is paid as downtime whatever Flink does:
 * real Temporal, a real worker, simulated Flink, whose clock says when each happened. One rescale after the other.
 *
 *     npm run bench:handover [rescales]
 */
import { rescale } from '../test/kit/rescale';
import { startSimulated } from '../test/kit/simulated';
import { percentile } from './percentile';

const count = Number(process.argv[2] ?? 100);

async function main(): Promise<void> {
  const place = await startSimulated('bench-handover');
  try {
    place.flink.startJob({ name: 'orders', parallelism: 2 });
    for (let n = 0; n < count; n++) {
      const ended = await rescale(place, {
        cluster: 'local',
        job: 'orders',
        parallelism: n % 2 === 0 ? 4 : 2,
      });
      if (ended.status !== 'COMPLETED') throw new Error(ended.message);
    }
    const savepoints = place.flink.effects
      .filter((effect) => effect.kind === 'SAVEPOINT')
      .map(({ at }) => at);
    const submits = place.flink.calls.filter((call) => call.verb === 'RUN').map(({ at }) => at);
    const waits = submits.map((at, i) => at - (savepoints[i] ?? NaN));
    console.log(
      `savepoint complete -> submit, ${count} rescales: p50 ${percentile(waits, 50)} ms, p99 ${percentile(waits, 99)} ms`,
    );
  } finally {
    await place.stop();
  }
}

void main();
