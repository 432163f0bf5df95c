import type { FlinkVersion } from '../../src/dev/versions';
import { casesOf } from '../flink-simulator/conformance/cases';
import { realSettings, realTarget } from '../flink-simulator/conformance/real';
import { endAll } from '../flink-simulator/conformance/steps';
import type { Target } from '../flink-simulator/conformance/target';
import { conformanceVersions } from '../flink-simulator/conformance/versions';
import { useStack } from '../kit/stack';

/**
 * Each behaviour that tests rely on when they use the simulator, shown on real Flink and on the simulator of the same
 * version by the same code. What cannot be shown so is listed in `unconfirmed`, with its source.
 */
jest.setTimeout(90_000);

describe.each(conformanceVersions)('on Flink %s', (version: FlinkVersion) => {
  const flink = { version, taskManagers: 2, settings: realSettings(version) };
  const stack = useStack(`conformance-${version}`, { worker: false, flink });
  let target: Target;
  afterEach(async () => {
    await target.mend();
    await endAll(target);
  });

  test.each(casesOf(version))('$name', async ({ show }) => {
    target = realTarget(stack());
    await show(target);
  });
});
