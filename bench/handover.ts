/**
 * The time between a savepoint's completion and the submit request, which is paid as downtime whatever Flink does:
 * real Temporal, a real worker, simulated Flink, whose clock says when each happened. One rescale after the other.
 *
 *     npm run build && npm run bench:handover -- [rescales] [file]
 *
 * Every rescale is a row of `file`; what is there already is not measured again.
 */
import { z } from 'zod';
import { rescale } from '../test/kit/rescale';
import { startSimulated } from '../test/kit/simulated';
import { Rows } from './rows';
import { percentile } from './statistics';

const count = Number(process.argv[2] ?? 200);
const file = process.argv[3] ?? 'bench/results/handover.jsonl';

const rowSchema = z.strictObject({ ms: z.number() });

async function main(): Promise<void> {
  const rows = new Rows(file, rowSchema);
  if (rows.all.length < count) await measure(rows);
  const waits = rows.all.map(({ ms }) => ms);
  console.log(
    `savepoint complete -> submit, ${waits.length} rescales: p50 ${percentile(waits, 50)} ms, p99 ${percentile(waits, 99)} ms`,
  );
}

async function measure(rows: Rows<z.infer<typeof rowSchema>>): Promise<void> {
  const place = await startSimulated('bench-handover');
  const { flink } = place;
  try {
    flink.startJob({ name: 'orders', parallelism: 2 });
    for (let parallelism = 4; rows.all.length < count; parallelism = 6 - parallelism) {
      const ended = await rescale(place, { cluster: 'local', job: 'orders', parallelism });
      if (ended.status !== 'COMPLETED') throw new Error(ended.message);
      const savepoint = flink.effects.findLast(({ kind }) => kind === 'SAVEPOINT');
      const submit = flink.calls.findLast(({ verb }) => verb === 'RUN');
      rows.add({ ms: (submit?.at ?? NaN) - (savepoint?.at ?? NaN) });
    }
  } finally {
    await place.stop();
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
