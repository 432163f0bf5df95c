import { casesOf } from '../flink-simulator/conformance/cases';
import { realSettings, realTarget } from '../flink-simulator/conformance/real';
import { endAll } from '../flink-simulator/conformance/steps';
import type { Target } from '../flink-simulator/conformance/target';
import { conformanceVersions } from '../flink-simulator/conformance/versions';
import { useStack } from '../kit/stack';

/** As conformance.test.ts, on the clusters of the other kinds: with the adaptive scheduler, with high availability. */
jest.setTimeout(120_000);

const all = conformanceVersions.flatMap((version) =>
  (['ADAPTIVE', 'HA'] as const)
    .map((kind) => ({ version, kind, cases: casesOf(version, kind) }))
    .filter(({ cases }) => cases.length > 0),
);

describe.each(all)('on Flink $version, $kind', ({ version, kind, cases }) => {
  const settings = realSettings(version, kind);
  const flink = { version, taskManagers: 2, settings, highAvailability: kind === 'HA' };
  const stack = useStack(`conformance-${kind.toLowerCase()}-${version}`, { worker: false, flink });
  let target: Target;
  afterEach(async () => {
    await target.mend();
    await endAll(target);
  });

  test.each(cases)('$name', async ({ show }) => {
    target = realTarget(stack());
    await show(target);
  });
});
