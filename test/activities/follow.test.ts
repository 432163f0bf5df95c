import { WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client';
import { ApplicationFailure, RetryState, TerminatedFailure } from '@temporalio/common';
import { follow } from '../../src/activities/follow';
import type { Rig } from '../kit/rig';
import { failureOf, useRig } from '../kit/rig';

const rigOf = useRig();
const workflowId = 'rescale/local/orders';

const followed = (rig: Rig, runId?: string) => rig.run(() => follow({ workflowId, runId }));

function endsWith(rig: Rig, cause: Error | undefined, message = 'Workflow execution failed'): void {
  const error = new WorkflowFailedError(message, cause, RetryState.NON_RETRYABLE_FAILURE);
  rig.handle.result = () => Promise.reject(error);
}

describe('the end of a run', () => {
  it('is its result', async () => {
    const rig = await rigOf();
    rig.handle.result = () => Promise.resolve({ outcome: 'RESCALED' });
    expect(await followed(rig, 'run-1')).toEqual({ kind: 'COMPLETED', result: { outcome: 'RESCALED' } });
    await followed(rig);
    expect(rig.askedOf).toEqual([`${workflowId}, run-1`, workflowId]);
  });

  it('is the type and the message of its failure', async () => {
    const rig = await rigOf();
    endsWith(rig, ApplicationFailure.create({ type: 'JobDown', message: 'no job named orders runs' }));
    expect(await followed(rig)).toEqual({
      ...{ kind: 'FAILED', type: 'JobDown', message: 'no job named orders runs' },
    });
  });

  it('that tells no type of ours is lost, and why is told', async () => {
    const rig = await rigOf();
    const untyped = ApplicationFailure.create({ message: 'a failure without a type' });
    for (const [cause, why] of [
      [new TerminatedFailure('by an operator'), 'by an operator'],
      [untyped, 'a failure without a type'],
      [undefined, 'no cause is known'],
    ] as const) {
      endsWith(rig, cause, 'Workflow execution terminated');
      expect(await followed(rig)).toEqual({ kind: 'LOST', message: `Workflow execution terminated: ${why}` });
    }
  });

  it('that Temporal keeps no more is lost', async () => {
    const rig = await rigOf();
    rig.handle.result = () => Promise.reject(new WorkflowNotFoundError('no such run', workflowId, undefined));
    expect(await followed(rig)).toEqual({ kind: 'LOST', message: 'no such run' });
  });

  it('of which Temporal says nothing is asked for again, by the next attempt', async () => {
    const rig = await rigOf();
    rig.handle.result = () => Promise.reject(new Error('unavailable'));
    await expect(followed(rig)).rejects.toThrow('unavailable');
  });
});

describe('while Temporal has no answer', () => {
  it('an abort ends it', async () => {
    const rig = await rigOf();
    const running = rig.begin(() => follow({ workflowId }));
    running.abort();
    expect(await failureOf(running.end)).toMatchObject({ name: 'CancelledFailure' });
  });

  it('a worker that is lost lets it go: it is no end of the run', async () => {
    const rig = await rigOf();
    const running = rig.begin(() => follow({ workflowId }));
    running.lose();
    expect(await failureOf(running.end)).toMatchObject({ type: 'AttemptLost' });
  });
});
