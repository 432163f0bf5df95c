import type { FailureReport } from '../../src/contracts/failures';
import type { InPlacePlan } from '../../src/planning/in-place';
import * as report from '../../src/planning/report-in-place';
import type { Standing } from '../../src/planning/report-in-place';
import { ask, decide, flinkUrl, jobId, orders, running } from '../kit/plans';
import { newId, snapshot, tell } from '../kit/reports';

/** What a rescale in place says that fails: what happened, the job now, what was kept, one command. */

const requirements = Object.fromEntries(orders.map(({ id }) => [id, { lower: 1, upper: 2 }]));
const decision = decide(
  { mechanism: 'IN_PLACE' },
  { ...running(2), requirements },
  { scheduler: 'ADAPTIVE' },
);
if (decision.kind !== 'IN_PLACE') throw new Error('it can be rescaled in place');
const { plan } = decision;
const { lost, ...known } = plan;
const unknown: InPlacePlan = known;
const teller = tell(ask({ mechanism: 'IN_PLACE' }));

test.each<[Standing, string]>([
  [{ kind: 'UNTOUCHED' }, 'is RUNNING at parallelism 2, left alone.'],
  [{ kind: 'BACK', parallelism: 2 }, 'is RUNNING at parallelism 2; its old bounds were put back.'],
  [
    { kind: 'BACK', parallelism: 3 },
    'is at parallelism 3; its old bounds were put back, and Flink takes it to 2 as soon as it acts on them.',
  ],
  [
    { kind: 'KEPT', parallelism: 3 },
    'is at parallelism 3; Flink goes on asking for 4, and takes it there as soon as it can ("ifNotReached": "KEEP").',
  ],
  [
    { kind: 'OVERRULED', parallelism: 3 },
    'is at parallelism 3, with the bounds that somebody else has given it; Weir left them.',
  ],
])('not reached, and the job stands so: %j', (standing, now) => {
  const failure = report.notReached(teller, plan, ['no slots'], standing);
  expect(failure).toEqual<FailureReport>({
    type: 'NotReached',
    what: 'orders did not come to parallelism 4 in place.',
    now: `job orders (${jobId}) ${now}`,
    kept: 'the job and its state: it was not ended.',
    next: expect.stringMatching(
      /^once the cause is mended: temporal workflow start .*"mechanism":"IN_PLACE"/,
    ) as string,
    causes: ['no slots'],
  });
});

describe('ended by others', () => {
  test('FINISHED by itself, with a snapshot: how it is started from there', () => {
    expect(report.endedInPlace(plan, 'FINISHED', snapshot)).toEqual<FailureReport>({
      type: 'JobFinished',
      what: `Job orders (${jobId}) finished by itself during the rescale.`,
      now: 'the job is FINISHED; nothing was restarted.',
      kept: `its newest snapshot: ${snapshot.path}`,
      next: expect.stringContaining(`-s ${snapshot.path} -p 2`) as string,
      causes: [],
    });
  });

  test('CANCELED by somebody, and nothing of it is known', () => {
    expect(report.endedInPlace(plan, 'CANCELED', undefined)).toEqual<FailureReport>({
      type: 'CanceledByOther',
      what: `Somebody cancelled job orders (${jobId}) during the rescale.`,
      now: 'the job is CANCELED; nothing was restarted.',
      kept: 'no snapshot of it is known.',
      next: 'start it as you did the first time.',
      causes: [],
    });
  });

  test('what it was started with is not known: neither is the command', () => {
    const { kept, next } = report.endedInPlace(unknown, 'CANCELED', snapshot);
    expect(kept).toBe(`its newest snapshot: ${snapshot.path}`);
    expect(next).toBe('start it as you did the first time.');
  });
});

test('it went down, and was started again as it was', () => {
  const found = { state: 'FAILED', snapshot, jobId: newId } as const;
  expect(report.startedAgain(teller, plan, found)).toEqual<FailureReport>({
    type: 'RolledBack',
    what: 'orders was FAILED while it was taken to parallelism 4 in place, and was started again as it was.',
    now: `job orders (${newId}) is RUNNING at parallelism 2.`,
    kept: `all state: it was restored from ${snapshot.path}`,
    next: `see why it went down: curl -s ${flinkUrl}/jobs/${jobId}/exceptions`,
    causes: [`job ${jobId} was FAILED`],
  });
});

describe('it went down, and cannot be started again from here', () => {
  test('no state of it is known', () => {
    expect(report.lostInPlace(plan, 'FORGOTTEN', undefined)).toEqual<FailureReport>({
      type: 'JobDown',
      what: 'orders was FORGOTTEN while it was rescaled in place.',
      now: 'no job named orders runs.',
      kept: 'no snapshot of it is known, and it was not started empty.',
      next: 'look for a retained checkpoint of the job in its checkpoint folder, then: flink run -s <path> ...',
      causes: [],
    });
  });

  test('what it was started with is not known', () => {
    expect(report.lostInPlace(unknown, 'FAILED', snapshot)).toMatchObject({
      what: 'orders was FAILED while it was rescaled in place, and what it was started with is not known.',
      kept: `its state, in savepoint ${snapshot.path}`,
      next: `deploy it again from ${snapshot.path}`,
    });
  });

  test('both are known: the command', () => {
    const { next } = report.lostInPlace(plan, 'FAILED', snapshot);
    expect(next).toContain(`-s ${snapshot.path} -p 2`);
  });
});

describe('a dry run', () => {
  test.each([
    ['PUT_BACK', 'back to its old bounds'],
    ['KEEP', 'the new bounds are kept, so that Flink may yet get there'],
    ['RESTART', 'back to its old bounds, and on by RESTART'],
  ] as const)('says what would be done, and what else: %s', (ifNotReached, otherwise) => {
    expect(report.inPlaceSteps({ ...plan, ifNotReached })).toEqual([
      'wait for the end of the cooldown, if there is one, and for a checkpoint',
      `ask Flink to run job ${jobId} at parallelism 4, and have it act on that with a checkpoint`,
      `wait until every task runs there, for ${plan.timeouts.restart} ms at most; else ${otherwise}`,
      'wait for its next checkpoint',
    ]);
  });

  test('says the same as commands', () => {
    const at = `${flinkUrl}/jobs/${jobId}`;
    const json = '-H content-type:application/json';
    const body = Object.fromEntries(
      orders.map(({ id }) => [id, { parallelism: { lowerBound: 1, upperBound: 4 } }]),
    );
    const checkpoint = `curl -s -X POST ${json} -d '{}' ${at}/checkpoints`;
    expect(report.inPlaceByHand(plan, flinkUrl)).toEqual([
      checkpoint,
      `curl -s -X PUT ${json} -d '${JSON.stringify(body)}' ${at}/resource-requirements`,
      checkpoint,
    ]);
  });
});

test('the plan says how the job would be started again', () => expect(lost).toBeDefined());
