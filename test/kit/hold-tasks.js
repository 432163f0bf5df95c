/**
 * Loaded into a worker process by a test (NODE_OPTIONS=-r): keeps back the word that it has done a task, so that it can
 * be killed at that very task. HOLD_TASKS names a folder: `holds.json` in it says which by workflow id,
 * `{"rescale/a/orders": {"run": 1, "workflowTask": 3}}` or `{"run": 1, "activity": 2}`, counted from 1; a file by the
 * workflow's id, encoded, is written when it is held.
 */
const { readFileSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');

const folder = process.env.HOLD_TASKS;
if (folder !== undefined && process.argv[1]?.endsWith('worker.js')) {
  const { native } = require('@temporalio/core-bridge');
  const { coresdk } = require('@temporalio/proto');
  const holds = JSON.parse(readFileSync(join(folder, 'holds.json'), 'utf8'));

  const held = (workflowId) => {
    writeFileSync(join(folder, encodeURIComponent(workflowId)), '');
    return new Promise(() => undefined);
  };

  /** By run: its workflow, which run of that it is, and how many tasks and attempts of activities it had. */
  const runs = new Map();
  const runOf = (runId, workflowId) => {
    if (!runs.has(runId)) {
      const n = [...runs.values()].filter((run) => run.workflowId === workflowId).length + 1;
      runs.set(runId, { workflowId, n, workflowTask: 0, activity: 0 });
    }
    return runs.get(runId);
  };
  const isHeld = ({ workflowId, n, ...counts }, kind) =>
    holds[workflowId]?.run === n && holds[workflowId][kind] === counts[kind];

  // activations that only evict a workflow or ask it something are no tasks
  const { workerPollWorkflowActivation, workerCompleteWorkflowActivation } = native;
  native.workerPollWorkflowActivation = async (...args) => {
    const polled = await workerPollWorkflowActivation(...args);
    const { runId, jobs } = coresdk.workflow_activation.WorkflowActivation.decode(new Uint8Array(polled));
    const begun = jobs.find((job) => job.initializeWorkflow)?.initializeWorkflow;
    if (begun) runOf(runId, begun.workflowId);
    const run = runs.get(runId);
    if (run && jobs.some((job) => !job.removeFromCache && !job.queryWorkflow)) run.workflowTask += 1;
    return polled;
  };
  native.workerCompleteWorkflowActivation = async (worker, buffer) => {
    const { runId } = coresdk.workflow_completion.WorkflowActivationCompletion.decodeDelimited(
      new Uint8Array(buffer),
    );
    const run = runs.get(runId);
    if (run && isHeld(run, 'workflowTask')) {
      run.workflowTask = Infinity;
      await held(run.workflowId);
    }
    return workerCompleteWorkflowActivation(worker, buffer);
  };

  /** By token: whose attempt of an activity it is that is held. */
  const kept = new Map();
  const keyOf = (token) => Buffer.from(token).toString('base64');
  const { workerPollActivityTask, workerCompleteActivityTask } = native;
  native.workerPollActivityTask = async (...args) => {
    const polled = await workerPollActivityTask(...args);
    const { taskToken, start } = coresdk.activity_task.ActivityTask.decode(new Uint8Array(polled));
    if (!start) return polled;
    const { workflowId, runId } = start.workflowExecution;
    const run = runOf(runId, workflowId);
    run.activity += 1;
    if (isHeld(run, 'activity')) kept.set(keyOf(taskToken), workflowId);
    return polled;
  };
  native.workerCompleteActivityTask = async (worker, buffer) => {
    const { taskToken } = coresdk.ActivityTaskCompletion.decodeDelimited(new Uint8Array(buffer));
    const workflowId = kept.get(keyOf(taskToken));
    kept.delete(keyOf(taskToken));
    if (workflowId !== undefined) await held(workflowId);
    return workerCompleteActivityTask(worker, buffer);
  };
}
