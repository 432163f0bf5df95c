import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RescaleStatus } from '../../../src/contracts/rescale';
import { projectDir } from '../../../src/dev/paths';
import { parseRequest } from '../../../src/planning/request';
import { describeRun, operatorOptions } from '../../../src/workflows/describe';
import { jobId } from '../../kit/plans';
import { others, request, workflowId } from '../../kit/transitions';

/** START, SUSPEND, CANCEL and SAVEPOINT: what is shown of them. */

test.each([
  ['START', '**orders: START at 4**, LATEST_STATE'],
  ['SUSPEND', '**orders: SUSPEND**, parallelism 2'],
  ['CANCEL', '**orders: CANCEL**, parallelism 2'],
  ['SAVEPOINT', '**orders: SAVEPOINT**, parallelism 2'],
] as const)('the details of %s begin with what it is', (transition, line) => {
  const status: RescaleStatus = {
    ...{ phase: 'PLANNING' as const, attempt: 1, failedTries: [], cluster: 'local', job: 'orders' },
    ...{ from: { jobId, parallelism: 2 }, timings: [], warnings: [], operator: [] },
  };
  const [first] = describeRun(status, request(transition), []).split('\n');
  expect(first).toBe(line);
});

test.each([
  ['RESCALE', 'until a job runs'],
  ['START', 'until the job runs, or what was submitted is ended'],
  ['SUSPEND', 'until it is known what the job has come to'],
  ['CANCEL', 'until it is known what the job has come to'],
  ['SAVEPOINT', 'until it is known what the job has come to'],
] as const)('%s: what an operator waits for', (transition, what) => {
  const options = operatorOptions('STOPPING', { workflowId, aborted: false, stuck: false, transition });
  expect(options).toEqual([{ what: expect.stringContaining(what) }]);
});

test('the commands of docs/operate.md are valid, one for each transition', () => {
  const document = readFileSync(join(projectDir, 'docs', 'operate.md'), 'utf8');
  const [, section = ''] = document.split('\n## Suspend, resume, cancel, take a savepoint\n');
  const [text = ''] = section.split('\n## ');
  const started = [...text.matchAll(/--workflow-id (\S+) --input '(.*)'$/gm)].map(
    ([, id = '', input = '']) => {
      const parsed = parseRequest(JSON.parse(input), id);
      return parsed.kind === 'REQUEST' ? parsed.request.transition : parsed.problems.join();
    },
  );
  expect(started.sort()).toEqual([...others].sort());
});
