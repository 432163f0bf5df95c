import { mutatingCalls, slug } from '../kit/calls';
import type { MutatingCall } from '../kit/calls';
import { begin, expectEnd } from '../kit/course-run';
import type { CourseRun } from '../kit/course-run';
import { failedAttempts } from '../kit/attempts';
import { useSimulated } from '../kit/simulated';
import type { RequestFault } from '../flink-simulator';

/** A call that changes something, and whose answer does not come or says nothing, twice: it has its effect once. */
const faults: readonly (RequestFault & { readonly name: string; readonly executed: boolean })[] = [
  { name: 'reset before it is executed', executed: false, kind: 'RESET_BEFORE' },
  { name: 'reset after it was executed', executed: true, kind: 'RESET_AFTER' },
  { name: 'half an answer', executed: true, kind: 'TRUNCATED' },
  { name: 'status 500, not executed', executed: false, kind: 'STATUS', status: 500 },
  { name: 'status 500, executed', executed: true, kind: 'STATUS', status: 500 },
  { name: 'status 503', executed: false, kind: 'STATUS', status: 503 },
];

const rules: Readonly<Record<string, string>> = {
  stop: 'P5: exactly one stop is executed',
  'withdrawal’s stop': 'P5: exactly one stop is executed',
  run: 'P20: exactly one job is started',
  'roll-back’s run': 'P20: exactly one job is started',
};

const cases = mutatingCalls.flatMap((call) =>
  faults.map((fault) => ({ call, fault, rule: rules[call.name] ?? 'it has its effect once' })),
);
const clusterOf = (call: MutatingCall, { name }: { name: string }) => `${slug(call.name)}-${slug(name)}`;
const place = useSimulated('unanswered', {
  clusters: cases.map(({ call, fault }) => clusterOf(call, fault)),
});

const runs = new Map<string, CourseRun>();
beforeAll(async () => {
  await Promise.all(
    cases.map(async ({ call, fault }) => {
      const cluster = clusterOf(call, fault);
      const { on, after } = call;
      runs.set(
        cluster,
        await begin(place(), cluster, call.course, (flink) => flink.fault({ ...fault, on, after, times: 2 })),
      );
    }),
  );
}, 120_000);

test.each(cases)(
  '$rule: $call.name, $fault.name',
  async ({ call, fault }) => {
    const run = runs.get(clusterOf(call, fault));
    if (run === undefined) throw new Error('it was not begun');
    const history = await expectEnd(place(), run);
    // no attempt of an activity is used up by an answer that did not come
    expect(failedAttempts(history).filter(({ why }) => why !== 'TryFailed' && why !== 'NoMoreTries')).toEqual(
      [],
    );
    // a job that was started is found by a look, so that its submit is not sent again
    const isFound = call.activity === 'restart' && fault.executed;
    expect(run.flink.faultsToCome).toBe(isFound ? 1 : 0);
  },
  60_000,
);
