import { compareVersions } from '../../../src/dev/versions';

/** What of Flink's REST API came when, and what is gone. Bodies are written as 2.3.0's; an older one lacks fields. */

export function isSince(version: string, since: string): boolean {
  return compareVersions(version, since) >= 0;
}

/** The first version that has this field of an answer. */
const answers = {
  overviewEntry: { jobType: '2.3', schedulerType: '2.3', 'pending-operators': '2.0' },
  details: {
    ...{ 'application-id': '2.3', schedulerType: '2.3', 'job-type': '1.20', 'pending-operators': '2.0' },
  },
  detailsVertex: { slotSharingGroupId: '1.20' },
  checkpoint: { savepointFormat: '1.17' },
  failure: { failureLabels: '1.18' },
  features: { 'web-history': '1.16', 'web-rescale': '1.18' },
  submitted: { applicationId: '2.3' },
} as const;

/** The body as that version gives it. */
export function asOf<B extends object>(version: string, what: keyof typeof answers, body: B): Partial<B> {
  return without(body, version, answers[what]);
}

/** The first version that knows this field of a request; before 1.20 one that is not known is refused. */
export const requests = {
  JarRunRequestBody: {
    ...{ entryClass: '0', programArgsList: '0', parallelism: '0', jobId: '0' },
    ...{ allowNonRestoredState: '0', savepointPath: '0', restoreMode: '1.15' },
    ...{ flinkConfiguration: '1.17', programArgs: '0', claimMode: '1.20' },
  },
  JarPlanRequestBody: {
    ...{ entryClass: '0', programArgsList: '0', parallelism: '0', jobId: '0' },
    ...{ flinkConfiguration: '1.17', programArgs: '0' },
  },
  StopWithSavepointRequestBody: { targetDirectory: '0', drain: '0', formatType: '1.15', triggerId: '1.15' },
  SavepointTriggerRequestBody: {
    ...{ 'target-directory': '0', 'cancel-job': '0', formatType: '1.15', triggerId: '1.15' },
  },
  CheckpointTriggerRequestBody: { checkpointType: '1.17', triggerId: '1.17' },
  SavepointDisposalRequest: { 'savepoint-path': '0' },
} as const;

/** The fields of a request's body that make this version refuse it. */
export function unknownFields(version: string, name: keyof typeof requests, body: object): string[] {
  if (isSince(version, '1.20')) return [];
  const known = new Map<string, string>(Object.entries(requests[name]));
  return Object.keys(body).filter((field) => {
    const since = known.get(field);
    return since === undefined || !isSince(version, since);
  });
}

function without<B extends object>(
  body: B,
  version: string,
  fields: Readonly<Record<string, string>>,
): Partial<B> {
  const kept = Object.entries(body).filter(([field]) => isSince(version, fields[field] ?? '0'));
  return Object.fromEntries(kept) as Partial<B>;
}
