import { casesOf } from './conformance/cases';
import { simulatedTarget } from './conformance/simulated';
import { endAll } from './conformance/steps';
import { conformanceVersions } from './conformance/versions';

/** The simulator by each behaviour that real Flink is shown to have in test/faults/conformance.test.ts. */
describe.each(conformanceVersions)('as Flink %s', (version) => {
  let target: Awaited<ReturnType<typeof simulatedTarget>>;
  beforeAll(async () => {
    target = await simulatedTarget(version);
  });
  afterAll(() => target.end());
  afterEach(async () => {
    await target.mend();
    await endAll(target);
  });

  test.each(casesOf(version))('$name', ({ show }) => show(target));
});
