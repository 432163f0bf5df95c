import { sleep } from '@temporalio/workflow';
import { rescale as sound } from '../../../src/workflows';

/** A defect: code that does something else first than that which a run under way was begun with. */
export async function rescale(input: unknown): ReturnType<typeof sound> {
  await sleep(1);
  return sound(input);
}
