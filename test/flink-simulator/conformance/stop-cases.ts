import type { CheckpointEntry } from '../../../src/flink/schemas';
import { setTimeout as sleep } from 'node:timers/promises';
import { allTasksRun, endOfOperation, entryOf, stateBecomes } from '../look';
import { freshId } from '../ids';
import type { Case } from './cases';
import {
  ask,
  attempts,
  checkpointsOnce,
  dispose,
  eventually,
  restart,
  savepoint,
  jobIsGone,
  savepointOf,
  stop,
} from './steps';

const saying = (text: string) => expect.stringContaining(text) as string;
const savepointPath = (directory: string, jobId: string) =>
  new RegExp(`^${directory.replace(/^file:\/+/, 'file:/')}/savepoint-${jobId.slice(0, 6)}-[0-9a-f]{12}$`);

/** Stops and savepoints: their triggers, their ends, and what they do to the job. */
export const stopCases: readonly Case[] = [
  {
    name: 'a stop: 202, then its savepoint in the directory; the job is FINISHED and its checkpoints are gone',
    show: async (t) => {
      const jobId = await t.start(2);
      const triggerId = freshId();
      const targetDirectory = `${t.savepoints}/${triggerId}`;
      const posted = await ask(t, 'POST', `/jobs/${jobId}/stop`, {
        triggerId,
        targetDirectory,
        drain: false,
      });
      expect(posted).toEqual({ status: 202, text: `{"request-id":"${triggerId}"}` });
      const end = await endOfOperation(t.flink, jobId, triggerId);
      const location = end.kind === 'COMPLETED' ? end.location : '';
      expect(location).toMatch(savepointPath(targetDirectory, jobId));
      expect(await t.flink.jobStatus(jobId)).toBe('FINISHED');
      expect((await entryOf(t.flink, jobId)).tasks).toMatchObject({ total: 4, finished: 4, running: 0 });
      const { latest, history } = await checkpointsOnce(t, jobId, (seen) => seen.latest.savepoint != null);
      expect(latest.savepoint).toMatchObject({
        external_path: location,
        checkpoint_type: 'SYNC_SAVEPOINT',
        is_savepoint: true,
        discarded: false,
      });
      expect(latest.completed).toMatchObject({ is_savepoint: false, discarded: true });
      expect(history[0]).toMatchObject({ external_path: location });
    },
  },
  {
    name: 'a savepoint that is disposed of is gone: a start from it fails, and a second disposal says so',
    show: async (t) => {
      const path = await savepointOf(t, await t.start(2));
      const posted = await ask(t, 'POST', '/savepoint-disposal', { 'savepoint-path': path });
      expect(posted).toEqual({
        status: 200,
        text: expect.stringMatching(/^{"request-id":"[0-9a-f]{32}"}$/) as string,
      });
      const gone = saying('Cannot find checkpoint or savepoint');
      await eventually('the files to be gone', async () => (await dispose(t, path)).kind === 'FAILED');
      expect(await dispose(t, path)).toEqual({ kind: 'FAILED', cause: gone });
      await expect(restart(t, path)).rejects.toThrow('Cannot find checkpoint or savepoint');
    },
  },
  {
    name: 'an unknown disposal is a 404',
    show: async (t) => {
      expect(await ask(t, 'GET', `/savepoint-disposal/${freshId()}`)).toMatchObject({ status: 404 });
    },
  },
  {
    name: 'a trigger id that is known executes nothing, on /stop neither if it was a savepoint’s',
    show: async (t) => {
      const jobId = await t.start(2);
      const triggerId = freshId();
      const first = await savepoint(t, jobId, { triggerId });
      expect(first).toMatchObject({
        kind: 'COMPLETED',
        location: expect.stringMatching(savepointPath(`${t.savepoints}/${triggerId}`, jobId)) as string,
      });
      expect(await savepoint(t, jobId, { triggerId, directory: `${t.savepoints}/other` })).toEqual(first);
      expect(await stop(t, jobId, { triggerId })).toEqual(first);
      expect(await t.flink.jobStatus(jobId)).toBe('RUNNING');
      const { history, latest } = await checkpointsOnce(t, jobId, (seen) => seen.latest.savepoint != null);
      expect(history.filter((entry) => entry.is_savepoint)).toMatchObject([{ checkpoint_type: 'SAVEPOINT' }]);
      expect(latest.completed).toMatchObject({ is_savepoint: false, discarded: false });
    },
  },
  {
    name: 'results are forgotten after their time; the id is unknown then, and runs again',
    show: async (t) => {
      const jobId = await t.start(2);
      const triggerId = freshId();
      const failed = await stop(t, jobId, { triggerId, targetDirectory: t.notADirectory });
      expect(failed).toMatchObject({ kind: 'FAILED' });
      // a failed one is known as well
      expect(await stop(t, jobId, { triggerId })).toEqual(failed);
      await sleep(t.resultsKeptMs);
      await eventually(
        'the result to be forgotten',
        async () => (await ask(t, 'GET', `/jobs/${jobId}/savepoints/${triggerId}`)).status === 404,
      );
      expect(await stop(t, jobId, { triggerId })).toMatchObject({ kind: 'COMPLETED' });
    },
  },
  {
    name: 'a directory that cannot be made fails the stop before any barrier: the job is left alone',
    show: async (t) => {
      const jobId = await t.start(2);
      const cause = saying('IOException: Failed to create savepoint directory');
      const notMade = await rawFailure(t, jobId, t.notADirectory);
      expect(notMade.class).toBe('java.util.concurrent.CompletionException');
      expect(notMade['serialized-throwable'].length).toBeGreaterThan(20_000);
      expect(notMade['stack-trace']).toEqual(
        saying(
          'CheckpointException: An Exception occurred while triggering the checkpoint. IO-problem detected.',
        ),
      );
      expect(notMade['stack-trace']).toEqual(cause);
      const noScheme = await rawFailure(t, jobId, 'nosuch://a/b');
      expect(noScheme['stack-trace']).toEqual(
        saying(
          "UnsupportedFileSystemSchemeException: Could not find a file system implementation for scheme 'nosuch'",
        ),
      );
      expect(await savepoint(t, jobId, { directory: t.notADirectory })).toMatchObject({ kind: 'FAILED' });
      await allTasksRun(t.flink, jobId);
      expect(await attempts(t.flink, jobId)).toBe(0);
      const isFailed = ({ status, is_savepoint }: CheckpointEntry) =>
        status === 'FAILED' && is_savepoint === true;
      const { history } = await checkpointsOnce(
        t,
        jobId,
        (seen) => seen.history.filter(isFailed).length === 3,
      );
      // before 1.17 the job's own come in between
      expect(history.find(isFailed)).toMatchObject({ checkpoint_type: 'SAVEPOINT' });
    },
  },
  {
    name: 'a stop of a job that has ended, or never was, is answered 202 and fails: FlinkJobNotFoundException',
    show: async (t) => {
      const jobId = await t.start(2);
      await savepointOf(t, jobId);
      for (const id of [jobId, freshId()]) {
        const end = await stop(t, id);
        expect(end).toMatchObject({ kind: 'FAILED', cause: expect.stringMatching(jobIsGone(id)) as string });
      }
    },
  },
  {
    name: 'the savepoint is complete, then the job fails: FAILED, and the failure tells a path to start from',
    show: async (t) => {
      const jobId = await t.start(2);
      await t.make('FAILS_WHILE_STOPPING');
      const triggerId = freshId();
      const end = await stop(t, jobId, { triggerId });
      await stateBecomes(t.flink, jobId, 'FAILED');
      await t.mend();
      const path = end.kind === 'FAILED' ? (end.savepointPath ?? '') : '';
      expect(end).toMatchObject({
        kind: 'FAILED',
        cause: saying('StopWithSavepointStoppingException: A savepoint has been created at: '),
      });
      expect(path).toMatch(savepointPath(`${t.savepoints}/${triggerId}`, jobId));
      await eventually('fresh exceptions', async () => (await t.flink.job(jobId)).state === 'FAILED');
      const { exceptionHistory } = await t.flink.exceptions(jobId);
      expect(exceptionHistory?.entries[0]?.stacktrace).toEqual(
        saying('JobException: The failure is not recoverable'),
      );
      expect(exceptionHistory?.entries[0]?.stacktrace).toEqual(
        saying(`A savepoint has been created at: ${path}, but`),
      );
      const { latest } = await checkpointsOnce(t, jobId, (seen) => seen.latest.savepoint != null);
      expect(latest.savepoint).toMatchObject({ external_path: path, checkpoint_type: 'SYNC_SAVEPOINT' });
      // kept, since the job is not FINISHED
      expect(latest.completed).toMatchObject({ discarded: false });
      const next = await restart(t, path);
      expect((await t.flink.checkpoints(next)).latest.restored).toMatchObject({
        external_path: path,
        is_savepoint: true,
      });
    },
  },
  {
    name: 'a task fails the stop: the job is RESTARTING, then RUNNING from its last checkpoint, one attempt later',
    show: async (t) => {
      const jobId = await t.start(2);
      await t.make('FAILS_SNAPSHOT');
      const end = await stop(t, jobId);
      expect(end).toMatchObject({ kind: 'FAILED', cause: saying('CheckpointException') });
      expect(end).not.toHaveProperty('savepointPath');
      expect(await t.flink.jobStatus(jobId)).toBe('RESTARTING');
      await t.mend();
      await allTasksRun(t.flink, jobId);
      await eventually('fresh attempts', async () => (await attempts(t.flink, jobId)) === 1);
      const { latest, history } = await checkpointsOnce(t, jobId, (seen) => seen.latest.restored != null);
      expect(latest.restored).toMatchObject({ is_savepoint: false, external_path: saying(`/${jobId}/chk-`) });
      expect(latest.failed).toMatchObject({ checkpoint_type: 'SYNC_SAVEPOINT', status: 'FAILED' });
      expect(history.filter(({ external_path }) => external_path?.includes('savepoint-'))).toEqual([]);
      await savepointOf(t, jobId);
    },
  },
  {
    name: 'a task fails a plain savepoint: the job restarts all the same',
    show: async (t) => {
      const jobId = await t.start(2);
      await t.make('FAILS_SNAPSHOT');
      expect(await savepoint(t, jobId)).toMatchObject({
        kind: 'FAILED',
        cause: saying('CheckpointException'),
      });
      await stateBecomes(t.flink, jobId, 'RESTARTING');
      await t.mend();
      await allTasksRun(t.flink, jobId);
      await eventually('fresh attempts', async () => (await attempts(t.flink, jobId)) === 1);
    },
  },
  {
    name: 'a job that is cancelled while its stop is under way: CANCELED, the stop failed, there is no savepoint',
    show: async (t) => {
      const jobId = await t.start(2);
      await t.make('SLOW_SNAPSHOT');
      const triggerId = freshId();
      await t.flink.stop(jobId, { triggerId, targetDirectory: t.savepoints, formatType: 'CANONICAL' });
      await t.flink.cancel(jobId);
      await stateBecomes(t.flink, jobId, 'CANCELED');
      const end = await endOfOperation(t.flink, jobId, triggerId);
      expect(end).toMatchObject({ kind: 'FAILED', cause: saying('CheckpointException: ') });
      expect(end).not.toHaveProperty('savepointPath');
    },
  },
  {
    name: 'a stop, or a checkpoint, while the job is RESTARTING: "not being executed at the moment"',
    show: async (t) => {
      const jobId = await t.start(2);
      await t.make('KEEPS_RESTARTING');
      await stateBecomes(t.flink, jobId, 'RESTARTING');
      const cause = `of job ${jobId} is not being executed at the moment. Aborting checkpoint. Failure reason: Not all required tasks are currently running.`;
      expect(await stop(t, jobId)).toMatchObject({ kind: 'FAILED', cause: saying(cause) });
      await t.mend();
      await allTasksRun(t.flink, jobId);
      await eventually('fresh attempts', async () => (await attempts(t.flink, jobId)) >= 1);
      const { exceptionHistory } = await t.flink.exceptions(jobId);
      expect(exceptionHistory?.entries.length).toBeGreaterThanOrEqual(1);
    },
  },
  {
    name: 'a stop under way: IN_PROGRESS in trigger and history, the job RUNNING; the same id does not disturb it',
    show: async (t) => {
      const jobId = await t.start(2);
      await t.make('SLOW_SNAPSHOT');
      const triggerId = freshId();
      const stopping = { triggerId, targetDirectory: t.savepoints, formatType: 'CANONICAL' };
      await t.flink.stop(jobId, stopping);
      await eventually('the history to show it', async () => {
        const { history } = await t.flink.checkpoints(jobId);
        return history[0]?.status === 'IN_PROGRESS' && history[0].checkpoint_type === 'SYNC_SAVEPOINT';
      });
      expect(await t.flink.savepointOperation(jobId, triggerId)).toEqual({ kind: 'IN_PROGRESS' });
      expect(await entryOf(t.flink, jobId)).toMatchObject({ state: 'RUNNING', tasks: { running: 4 } });
      await t.flink.stop(jobId, stopping);
      expect(await endOfOperation(t.flink, jobId, triggerId)).toMatchObject({ kind: 'COMPLETED' });
      expect(await t.flink.jobStatus(jobId)).toBe('FINISHED');
    },
  },
  {
    name: 'a second stop with another id kills the first, which is under way',
    show: async (t) => {
      const jobId = await t.start(2);
      await t.make('SLOW_SNAPSHOT');
      const [first, second] = [freshId(), freshId()];
      for (const triggerId of [first, second]) {
        await t.flink.stop(jobId, { triggerId, targetDirectory: t.savepoints, formatType: 'CANONICAL' });
      }
      expect(await endOfOperation(t.flink, jobId, first)).toMatchObject({
        kind: 'FAILED',
        cause: saying('Checkpoint Coordinator is suspending'),
      });
      // of the second's own end nothing is certain: see `unconfirmed`
      await endOfOperation(t.flink, jobId, second);
    },
  },
];

interface Throwable {
  readonly class: string;
  readonly 'stack-trace': string;
  readonly 'serialized-throwable': string;
}

/** The failure-cause of a stop, as it is on the wire: HTTP 200, COMPLETED. */
async function rawFailure(
  t: Parameters<Case['show']>[0],
  jobId: string,
  targetDirectory: string,
): Promise<Throwable> {
  const triggerId = freshId();
  await stop(t, jobId, { triggerId, targetDirectory });
  const { status, text } = await ask(t, 'GET', `/jobs/${jobId}/savepoints/${triggerId}`);
  const body = JSON.parse(text) as { status: { id: string }; operation: { 'failure-cause': Throwable } };
  expect({ status, id: body.status.id }).toEqual({ status: 200, id: 'COMPLETED' });
  return body.operation['failure-cause'];
}
