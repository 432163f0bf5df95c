import { cases } from './conformance/cases';
import { simulatedTarget } from './conformance/simulated';
import { endAll } from './conformance/steps';

/** The simulator by each behaviour that real Flink is shown to have in test/faults/conformance.test.ts. */
let target: Awaited<ReturnType<typeof simulatedTarget>>;
beforeAll(async () => {
  target = await simulatedTarget();
});
afterAll(() => target.end());
afterEach(async () => {
  await target.mend();
  await endAll(target);
});

test.each(cases)('$name', ({ show }) => show(target));
