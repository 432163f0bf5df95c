import type { Decision } from '../../../src/planning/plan';
import { invalidStart, message, nextAfter, rejected } from '../../../src/planning/report';
import { parseRequest } from '../../../src/planning/request';
import type { RescaleRequest } from '../../../src/contracts/rescale';
import { flinkUrl } from '../plans';

/** Something that a person gets wrong, and every line of what they are told but those that each refusal has. */
export interface WrongInput {
  readonly it: string;
  readonly said: () => string;
  readonly says: readonly string[];
}

/** What each refusal says besides: nothing was touched before it. */
export const untouched = ['Now: nothing was touched; whatever ran goes on running.', 'Kept: everything.'];

const taskQueue = 'weir';

/** The start is refused for what it says. */
export function ofStart(raw: unknown, workflowId: string): string {
  const parsed = parseRequest(raw, workflowId);
  if (parsed.kind !== 'INVALID') throw new Error(`${JSON.stringify(raw)} was accepted`);
  return message(invalidStart(parsed.problems, parsed.suggestion, taskQueue));
}

/** The plan does not hold. */
export function ofPlan(request: RescaleRequest, decision: Decision): string {
  if (decision.kind !== 'REJECTED') throw new Error(`not rejected: ${decision.kind}`);
  const { type, reasons, suggestion } = decision;
  return message(rejected(type, reasons, nextAfter({ taskQueue, request, flinkUrl }, suggestion)));
}
