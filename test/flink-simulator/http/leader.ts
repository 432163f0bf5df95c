import type { Leadership } from '../cluster';
import { texts, trace } from '../traces';
import { serverError, type Answer } from './answer';
import { isSince } from './versions';

/** A 503 of Flink's own: no request is executed meanwhile. */
export const inElection: Answer = {
  status: 503,
  body: {
    errors: ['Service temporarily unavailable due to an ongoing leader election. Please refresh.'],
  },
};

/** What every route answers while no JobManager leads; undefined: one does. */
export function withoutLeader(version: string, leadership: Leadership): Answer | undefined {
  switch (leadership) {
    case 'LEADS':
      return undefined;
    case 'IN_ELECTION':
      return inElection;
    case 'STARTING': {
      // a 500 before FLINK-25269
      const { answer } = serverError(trace(texts.notStarted));
      return isSince(version, '1.16') ? { ...answer, status: 503 } : answer;
    }
  }
}
