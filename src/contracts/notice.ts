import type { Snapshot } from './snapshot';

/** What somebody should be woken for: the two endings that are not what was asked for, and a run that is stuck. */
export const noticeTypes = ['RolledBack', 'JobDown', 'ATTENTION'] as const;
export type NoticeType = (typeof noticeTypes)[number];

/** The body of a call of the webhook, as JSON. One that was not answered is sent again: it may arrive twice. */
export interface Notice {
  readonly type: NoticeType;
  readonly cluster: string;
  readonly job: string;
  readonly workflowId: string;
  readonly runId: string;
  /** For a person: what happened, the state of the job, what to do next. */
  readonly message: string;
  /** The newest state of the job that is known. */
  readonly snapshot?: Snapshot;
}

export function isNoticeType(type: string): type is NoticeType {
  return noticeTypes.some((known) => known === type);
}
