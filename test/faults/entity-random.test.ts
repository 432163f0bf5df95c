import { rescaleWorkflowId } from '../../src/planning/ids';
import {
  deploymentCampaign,
  endingOfDeployment,
  tallied,
  toldOfDeployment,
} from '../campaign/deployments/campaign';
import type { DeploymentJudged } from '../campaign/deployments/campaign';
import { foundInDeployments } from '../campaign/deployments/found';
import { deploymentViolations } from '../campaign/deployments/invariants';
import { Lanes, continueAfter } from '../campaign/deployments/lanes';
import { plantedInDeployments } from '../campaign/deployments/planted';
import type { DeploymentRecord } from '../campaign/deployments/record';
import { runDeployment } from '../campaign/deployments/run';
import { Machine } from '../campaign/machine';
import { inParallel } from '../campaign/parallel';

/**
 * Random lives of deployments on real worker processes and simulated Flinks: commands, faults, hands of others, workers
 * that are killed, all at once, each entity another run after a few events. The seeds are always the same here;
 * `npm run test:soak -- --deployments` takes others.
 */
const cases = 60;

describe('whatever a deployment is told, and whatever goes wrong', () => {
  let lanes: Lanes;
  const judged: DeploymentJudged[] = [];
  const again = new Map<string, DeploymentRecord>();
  beforeAll(async () => {
    lanes = await Lanes.start('entity-random', 8);
    await inParallel(lanes.count, foundInDeployments, async ({ name, case: one }) => {
      again.set(name, await lanes.on((place) => runDeployment(place, one)));
    });
    const seeds = Array.from({ length: cases }, (_, i) => i + 1);
    await deploymentCampaign(lanes, seeds, (one) => judged.push(one));
  }, 900_000);
  afterAll(() => lanes.stop(), 60_000);

  test.each(foundInDeployments)('what campaigns have found: $name', ({ name, ends }) => {
    const record = again.get(name);
    expect(record && deploymentViolations(record)).toEqual([]);
    expect(record && endingOfDeployment(record)).toBe(ends);
  });

  test(`no invariant is violated: ${cases} random lives`, () => {
    expect(judged).toHaveLength(cases);
    expect(judged.filter(({ violations }) => violations.length > 0).map(toldOfDeployment)).toEqual([]);
  });

  test('what they are about has happened: kills, other runs of the entity, each end', () => {
    const { kills, continuedAsNew, commands } = tallied(judged.map(({ record }) => record));
    expect(kills).toBeGreaterThan(0);
    expect(commands).toBeGreaterThan(cases);
    expect(continuedAsNew).toBeGreaterThan(cases);
    const ends = new Set(judged.map(({ record }) => endingOfDeployment(record)));
    for (const end of ['RUNNING/RUNNING', 'SUSPENDED/SUSPENDED', 'CANCELLED/CANCELLED'])
      expect(ends).toContain(end);
  });
});

describe('each invariant is violated by a defect that is planted for it, and by nothing else', () => {
  let machine: Machine;
  const ran = new Map<string, DeploymentRecord>();
  beforeAll(async () => {
    machine = await Machine.start(
      ...(['entity-planted', require.resolve('../campaign/workflows/entity-defects')] as const),
      [continueAfter],
    );
    const { client, taskQueue } = machine;
    await Promise.all(
      plantedInDeployments.map(async ({ name, case: one, crashes, defect, ...options }) => {
        const site = await machine.site(crashes, defect === undefined ? {} : { defect });
        const killWorker = () => Promise.reject(new Error('its worker is this process'));
        const record = await runDeployment({ ...site, client, taskQueue, killWorker }, one, options);
        machine.attempts.end(rescaleWorkflowId(site.cluster, record.jobName));
        await site.close();
        ran.set(name, record);
      }),
    );
  }, 180_000);
  afterAll(() => machine.stop(), 60_000);

  test.each(plantedInDeployments)('$violates is violated: $name', ({ name, violates }) => {
    const record = ran.get(name);
    const violated = record && deploymentViolations(record).map(({ invariant }) => invariant);
    expect([...new Set(violated)]).toEqual([violates]);
  });
});
