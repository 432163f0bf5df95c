import fc from 'fast-check';
import type { DeploymentInput } from '../../../src/contracts/deployment';
import { states } from '../../../src/contracts/deployment';
import type { Identity } from '../../../src/planning/deployment/ids';
import { mainArgsOf } from '../../../src/planning/deployment/main-args';

const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 });
const strings = fc.dictionary(name, fc.string({ maxLength: 8 }), { maxKeys: 3, noNullPrototype: true });
const count = fc.integer({ min: 1, max: 9 });

const partial: { requiredKeys: []; noNullPrototype: true } = { requiredKeys: [], noNullPrototype: true };

const spec: fc.Arbitrary<DeploymentInput['spec']> = fc
  .record({
    all: fc.record(
      {
        state: fc.constantFrom(...states),
        upgradeStrategy: fc.record({ kind: fc.constantFrom('STATELESS', 'STATEFUL', 'NONE') }),
        restoreStrategy: fc.record({
          kind: fc.constantFrom('LATEST_STATE', 'LATEST_SAVEPOINT', 'NONE'),
          allowNonRestoredState: fc.boolean(),
        }),
        acknowledgeStateLoss: fc.boolean(),
        maxSavepointCreationAttempts: count,
        maxJobCreationAttempts: count,
        jobName: name,
      },
      partial,
    ),
    artifact: fc.record(
      { entryClass: name, mainArgs: fc.array(fc.string(), { maxLength: 3 }).map(mainArgsOf) },
      partial,
    ),
    jar: fc.stringMatching(/^[\w -]{0,8}\.jar$/),
    flinkConfiguration: fc.record({ flinkConfiguration: strings }, partial),
    parallelism: fc.integer({ min: 1, max: 32_768 }),
  })
  .map(({ all, artifact, jar, flinkConfiguration, parallelism }) => ({
    ...all,
    template: { spec: { parallelism, artifact: { jarUri: jar, ...artifact }, ...flinkConfiguration } },
  }));

/** A resource as somebody may write it, and whose it is. */
export const resources: fc.Arbitrary<{ raw: DeploymentInput; identity: Identity }> = fc
  .record({ cluster: name, name, labels: strings, spec })
  .map(({ cluster, name, labels, spec }) => ({
    raw: { metadata: { name, labels }, spec },
    identity: { cluster, name },
  }));
