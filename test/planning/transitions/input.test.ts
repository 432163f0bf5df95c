import { transitions } from '../../../src/contracts/rescale';
import { parseRequest } from '../../../src/planning/request';
import { jobId } from '../../kit/plans';
import { inputs, problemsOf, request, workflowId } from '../../kit/transitions';

/** START, SUSPEND, CANCEL and SAVEPOINT: what is asked for. */

describe('the input', () => {
  test.each(transitions)('of %s is valid as it is', (transition) => {
    expect(problemsOf(inputs[transition])).toEqual([]);
    expect(request(transition).transition).toBe(transition);
  });

  test.each(['RESCALE', 'START'] as const)('of %s needs a parallelism', (transition) => {
    expect(problemsOf({ ...inputs[transition], parallelism: undefined })).toEqual([
      '"parallelism" is missing; it must be a whole number from 1 to 32768',
    ]);
  });

  test('of START needs an artifact, and has no "jobId"', () => {
    expect(problemsOf({ ...inputs.START, artifact: undefined })).toEqual([
      '"artifact" is missing; it must be an object such as {"jar": "orders.jar"}',
    ]);
    expect(problemsOf({ ...inputs.START, jobId })).toEqual([
      '"jobId" is refused: a START gives the job an id of its own, so leave it out',
    ]);
  });

  test.each(['RESCALE', 'SUSPEND', 'CANCEL', 'SAVEPOINT'] as const)(
    'of %s has no "startFrom", and says where it belongs',
    (transition) => {
      expect(problemsOf({ ...inputs[transition], startFrom: { path: 'file:/sp/1' } })).toEqual([
        '"startFrom" is refused: it says what a job begins from that does not run; valid: with "transition": "START"',
      ]);
    },
  );

  test('P19: of SUSPEND alone may ask for a drain', () => {
    const drain = { savepoint: { drain: true } };
    expect(request('SUSPEND', drain).savepoint.drain).toBe(true);
    for (const transition of ['RESCALE', 'START', 'CANCEL', 'SAVEPOINT'] as const)
      expect(problemsOf({ ...inputs[transition], ...drain })).toEqual([
        expect.stringMatching(/^"savepoint.drain" is refused: a drain ends all windows/),
      ]);
  });

  test('of SUSPEND stops with a savepoint, and no other way', () => {
    expect(problemsOf({ ...inputs.SUSPEND, savepoint: { mode: 'SAVEPOINT_THEN_CANCEL' } })).toEqual([
      '"savepoint.mode" is "SAVEPOINT_THEN_CANCEL"; it must be "STOP_WITH_SAVEPOINT": a suspend loses and repeats nothing',
    ]);
  });

  test('a transition that there is not: the nearest is named, and can be started', () => {
    const parsed = parseRequest({ job: 'orders', transition: 'SUSPENDED' }, workflowId);
    expect(parsed).toMatchObject({
      problems: [
        '"transition" is "SUSPENDED"; it must be one of RESCALE, START, SUSPEND, CANCEL, SAVEPOINT; did you mean "SUSPEND"?',
      ],
      suggestion: { input: { job: 'orders', transition: 'SUSPEND' } },
    });
  });
});
