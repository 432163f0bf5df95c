import { ApplicationFailure } from '@temporalio/common';
import { clusterNamed, connectClusters } from '../../src/activities/cluster';
import { parseConfig } from '../../src/config';

/** The clusters of weir.yaml, each with its jobs and its clients. */

const cluster = (port: number, more: object = {}) => ({
  ...{ rest: `http://127.0.0.1:${port}`, savepointRoot: 'file:///savepoints', artifacts: '/jars' },
  ...more,
});
const clusters = connectClusters(
  parseConfig(
    JSON.stringify({
      clusters: { local: cluster(1), paris: cluster(2, { historyServer: 'http://127.0.0.1:3' }) },
      jobs: [
        { cluster: 'local', job: 'orders', artifact: { jar: 'orders.jar' } },
        { cluster: 'paris', job: 'clicks', artifact: { jar: 'clicks.jar' } },
      ],
    }),
    'weir.yaml',
  ),
);

test('each has the jobs that are its own', () => {
  const jobs = [...clusters].map(([name, { jobs }]) => [name, jobs.map(({ job }) => job)]);
  expect(jobs).toEqual([
    ['local', ['orders']],
    ['paris', ['clicks']],
  ]);
});

test('a HistoryServer is asked where there is one', () => {
  expect(clusterNamed(clusters, 'local')).not.toHaveProperty('history');
  expect(clusterNamed(clusters, 'paris').history).toBeDefined();
});

function refused(name: string): ApplicationFailure {
  try {
    clusterNamed(clusters, name);
  } catch (error) {
    if (error instanceof ApplicationFailure) return error;
    throw error;
  }
  throw new Error(`there is a cluster ${name}`);
}

test('one that is not there is refused, with those that are, and is not tried again', () => {
  expect(refused('tokyo')).toMatchObject({
    ...{ type: 'InvalidRequest', nonRetryable: true, details: [{ cluster: 'local' }] },
    message: 'weir.yaml has no cluster "tokyo" Clusters: local, paris',
  });
});

test('one that is nearly called so is what was meant', () => {
  expect(refused('pariss')).toMatchObject({
    message: 'weir.yaml has no cluster "pariss"; did you mean "paris"? Clusters: local, paris',
    details: [{ cluster: 'paris' }],
  });
});
