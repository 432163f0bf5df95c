import { getActivator } from '@temporalio/workflow/lib/global-attributes';
import { rescale as sound } from '../../../src/workflows';

/** A defect: whatever id it is started under, it takes that for the lock. */
export async function rescale(input: unknown): ReturnType<typeof sound> {
  getActivator().mutateWorkflowInfo((info) => ({ ...info, workflowId: info.workflowId.replace(/-2$/, '') }));
  return sound(input);
}
