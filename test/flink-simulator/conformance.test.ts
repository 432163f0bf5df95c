import { casesOf } from './conformance/cases';
import { simulatedTarget } from './conformance/simulated';
import { endAll } from './conformance/steps';
import { conformanceVersions } from './conformance/versions';

/** The simulator by each behaviour that real Flink is shown to have in test/faults/conformance*.test.ts. */
const all = conformanceVersions.flatMap((version) =>
  (['PLAIN', 'ADAPTIVE', 'REACTIVE', 'HA'] as const)
    .map((kind) => ({ version, kind, cases: casesOf(version, kind) }))
    .filter(({ cases }) => cases.length > 0),
);

describe.each(all)('as Flink $version, $kind', ({ version, kind, cases }) => {
  let target: Awaited<ReturnType<typeof simulatedTarget>>;
  beforeAll(async () => {
    target = await simulatedTarget(version, kind);
  });
  afterAll(() => target.end());
  afterEach(async () => {
    await target.mend();
    // the application of a reactive cluster goes on
    if (kind !== 'REACTIVE') await endAll(target);
  });

  test.each(cases)('$name', ({ show }) => show(target));
});
