import { casesOf } from '../flink-simulator/conformance/cases';
import { realSettings, realTarget } from '../flink-simulator/conformance/real';
import { application } from '../kit/application';
import { useStack } from '../kit/stack';

/** As conformance.test.ts, on a reactive cluster of Flink 2.3.0: one application, and TaskManagers that come and go. */
jest.setTimeout(180_000);

const version = '2.3.0';
const stack = useStack('conformance-reactive', async () => {
  const { flink } = await application(realSettings(version, 'REACTIVE'));
  return { flink: { ...flink, slots: 2 }, ownedTaskManagers: 1, worker: false };
});

test.each(casesOf(version, 'REACTIVE'))('$name', ({ show }) => show(realTarget(stack())));
