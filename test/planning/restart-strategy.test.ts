import { ask, decide, jar, rescale, running, seen } from '../kit/plans';
import { restartsForEver } from '../../src/planning/restart-strategy';

/** In the words of Flink 1.20.5 and 2.3.0. */
const ownWords: [string, boolean][] = [
  ['Restart with fixed delay (PT1S). #2147483647 restart attempts.', true],
  [
    'Restart with exponential delay: starting at PT1S, increasing by 1.500000, with maximum PT1M. Delay resets after PT1H with jitter 0.100000',
    true,
  ],
  ['Restart with fixed delay (PT1S). #3 restart attempts.', false],
  ['Failure rate restart with maximum of 1 failures within interval PT1M and fixed delay PT1S.', false],
  ['Restart deactivated.', false],
  ['', false],
];

test.each(ownWords)('P9: a job that says "%s" restarts for ever: %s', (ofJob, forEver) => {
  expect(restartsForEver({ ofJob })).toBe(forEver);
  expect(restartsForEver({ ofJob, ofCluster: 'exponential-delay' })).toBe(forEver);
});

test.each([
  [undefined, true],
  ['exponential-delay', true],
  ['exponentialdelay', true],
  ['org.example.not-exponential-delay', false],
  ['exponential-delay-of-ours', false],
  ['fixed-delay', false],
  ['failure-rate', false],
  ['none', false],
])(
  'P9: a job that leaves it to a cluster whose restart-strategy.type is %s restarts for ever: %s',
  (type, forEver) => {
    const ofCluster = type === undefined ? {} : { ofCluster: type };
    expect(restartsForEver({ ofJob: 'Cluster level default restart strategy', ...ofCluster })).toBe(forEver);
  },
);

test.each([
  [{}, true],
  [{ 'restart-strategy.type': 'fixed-delay' }, false],
  [{ 'restart-strategy': 'failure-rate' }, false],
  [{ 'restart-strategy.type': 'exponential-delay' }, true],
])(
  'P9: a job that was submitted with %j restarts for ever: %s, whatever Flink shows',
  (settings, forEver) => {
    const { program } = seen(ask());
    if (program?.kind !== 'READY') throw new Error('no program');
    const previousJar = { ...jar, artifact: { ...jar.artifact, flinkConfiguration: settings } };
    const plan = rescale(decide({}, running(2), { program: { ...program, previousJar } }));
    expect(plan.job.restartsForEver).toBe(forEver);
  },
);
