import { cases } from '../flink-simulator/conformance/cases';
import { realSettings, realTarget } from '../flink-simulator/conformance/real';
import { endAll } from '../flink-simulator/conformance/steps';
import type { Target } from '../flink-simulator/conformance/target';
import { useStack } from '../kit/stack';

/**
 * Each behaviour that tests rely on when they use the simulator, shown on real Flink 2.3.0 and on the simulator by the
 * same code. What cannot be shown so is listed in `unconfirmed`, with its source.
 */
const stack = useStack('conformance', { worker: false, flink: { taskManagers: 2, settings: realSettings } });

jest.setTimeout(90_000);

describe.each(cases)('$name', ({ show }) => {
  let target: Target;
  afterEach(async () => {
    await target.mend();
    await endAll(target);
  });

  test('on Flink 2.3.0', async () => {
    target = realTarget(stack());
    await show(target);
  });
});
