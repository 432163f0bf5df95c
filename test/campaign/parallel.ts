/** Does `work` for each, `width` of them at a time. One that cannot be done does not pull the ground from under the others. */
export async function inParallel<T>(
  width: number,
  all: Iterable<T>,
  work: (one: T) => Promise<void>,
): Promise<void> {
  const left = all[Symbol.iterator]();
  const lane = async () => {
    for (let next = left.next(); next.done !== true; next = left.next()) await work(next.value);
  };
  const lanes = await Promise.allSettled(Array.from({ length: width }, lane));
  const broken = lanes.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
  if (broken.length > 0)
    throw new AggregateError(broken, `runs could not be carried out: ${String(broken[0])}`);
}
