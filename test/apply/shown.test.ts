import { shownAnswer, shownDryRun, shownEnd, shownNotes, shownStatus } from '../../src/apply/shown';
import type { Answer, DeploymentStatus, Revision } from '../../src/contracts/deployment';
import { parseResource } from '../../src/planning/deployment/resource';

const name = 'local/orders';
const id = 'deployment/local/orders';
const answer: Answer = {
  resourceVersion: 4,
  effect: 'ACCEPTED',
  plan: ['orders 4 -> 8: STATEFUL, LATEST_STATE'],
  notServed: [],
};
const status: DeploymentStatus = {
  desired: 'RUNNING',
  actual: 'RUNNING',
  resourceVersion: 3,
  job: { jobId: 'a'.repeat(32), parallelism: 4 },
  conditions: [],
  queue: [],
  savepointsAsked: 0,
  drift: [],
  operator: [],
};

function revision(of: Partial<Revision>): Revision {
  const parsed = parseResource(
    {
      metadata: { name: 'orders' },
      spec: { template: { spec: { parallelism: 8, artifact: { jarUri: 'a.jar' } } } },
    },
    { cluster: 'local', name: 'orders' },
  );
  if (parsed.kind === 'INVALID') throw new Error(parsed.problems.join('\n'));
  const { spec } = parsed.deployment;
  return { resourceVersion: 4, spec, at: 0, command: 'apply', outcome: 'DONE', ...of };
}

describe('a dry run', () => {
  test('shows where it is, each field that would change, and the plan', () => {
    const changes = [
      { field: 'metadata.labels.team', to: '"payments"' },
      { field: 'spec.template.spec.artifact.entryClass', from: '"x.Main"' },
      { field: 'spec.template.spec.parallelism', from: '4', to: '8' },
    ];
    expect(shownDryRun(name, { kind: 'ACCEPTED', answer, changes }, status)).toEqual([
      'local/orders: version 3, RUNNING at parallelism 4; would change',
      '  + metadata.labels.team: "payments"',
      '  - spec.template.spec.artifact.entryClass: "x.Main"',
      '  ~ spec.template.spec.parallelism: 4 -> 8',
      '  plan: orders 4 -> 8: STATEFUL, LATEST_STATE',
    ]);
  });

  test('of what is there already shows that nothing would change', () => {
    const same = { ...answer, plan: ['nothing: it is so already'] };
    expect(shownDryRun(name, { kind: 'ACCEPTED', answer: same, changes: [] }, status)).toEqual([
      'local/orders: version 3, RUNNING at parallelism 4; nothing would change',
      '  plan: nothing: it is so already',
    ]);
  });

  test('of what is not there shows the plan', () => {
    const changes = [{ field: 'spec.state', to: '"RUNNING"' }];
    expect(shownDryRun(name, { kind: 'ACCEPTED', answer, changes }, undefined)).toEqual([
      'local/orders: would be created',
      '  plan: orders 4 -> 8: STATEFUL, LATEST_STATE',
    ]);
  });

  test('of what would be refused says why', () => {
    expect(shownDryRun(name, { kind: 'REFUSED', why: 'it is at 5' }, status)).toEqual([
      'local/orders: would be refused: it is at 5',
      'Next: correct it, then run this command again',
    ]);
  });
});

test.each([
  ['ACCEPTED', 'it begins now'],
  ['QUEUED', 'it follows what is under way'],
  ['STORED', 'nothing restarts for it'],
] as const)('an answer that is %s says so in words', (effect, words) => {
  expect(shownAnswer(name, { ...answer, effect })).toEqual([
    `local/orders: version 4, ${effect}: ${words}`,
    '  plan: orders 4 -> 8: STATEFUL, LATEST_STATE',
  ]);
});

test('what counts for nothing is a note each', () => {
  expect(shownNotes(['status is not served: x'])).toEqual(['  note: status is not served: x']);
});

test('progress names the transition and its workflow, and what is waited for', () => {
  const transition = {
    transition: 'RESCALE' as const,
    workflowId: 'rescale/local/orders',
    runId: 'r',
    resourceVersion: 4,
  };
  const waiting = {
    type: 'WaitingForLock' as const,
    status: true,
    reason: 'Held',
    message: 'rescale/local/orders runs',
    lastTransitionTime: 0,
  };
  expect(
    shownStatus(name, { ...status, actual: 'TRANSITIONING', transition: { ...transition, startedAt: 0 } }),
  ).toBe('local/orders: TRANSITIONING: RESCALE by rescale/local/orders');
  expect(shownStatus(name, { ...status, conditions: [waiting] })).toBe(
    'local/orders: RUNNING at parallelism 4; rescale/local/orders runs',
  );
  expect(shownStatus(name, { ...status, conditions: [{ ...waiting, status: false }] })).toBe(
    'local/orders: RUNNING at parallelism 4',
  );
});

test.each([
  [{ outcome: 'DONE', downtimeMs: 412 }, true, ['local/orders: version 4 is DONE, downtime 412 ms']],
  [{ outcome: 'DONE' }, true, ['local/orders: version 4 is DONE']],
  [{ outcome: 'STORED' }, true, ['local/orders: version 4 is STORED: nothing restarts for it']],
] as const)('an end that is good: %j', (of, isGood, lines) => {
  expect(shownEnd(name, id, revision(of))).toEqual({ isGood, lines });
});

test.each([
  [{ outcome: 'FAILED', message: 'no savepoint' }, 'local/orders: version 4 is FAILED: no savepoint'],
  [
    { outcome: 'SUPERSEDED' },
    'local/orders: version 4 is SUPERSEDED: a newer one came before it was carried out',
  ],
] as const)('an end that is not what was asked for, with one command: %j', (of, line) => {
  expect(shownEnd(name, id, revision(of))).toEqual({
    isGood: false,
    lines: [line, `Next: temporal workflow query --workflow-id ${id} --type status`],
  });
});
