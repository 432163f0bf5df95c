import { configFile } from '../../src/dev/flink-config';

const settings = {
  'execution.checkpointing.dir': 'file:///checkpoints',
  'execution.checkpointing.savepoint-dir': 'file:///savepoints',
  'rest.port': 8081,
};

test.each([
  [
    '1.18.1',
    'flink-conf.yaml',
    ['state.checkpoints.dir: file:///checkpoints', 'state.savepoints.dir: file:///savepoints'],
  ],
  [
    '1.19.3',
    'config.yaml',
    ['state.checkpoints.dir: "file:///checkpoints"', 'state.savepoints.dir: "file:///savepoints"'],
  ],
  [
    '1.20.5',
    'config.yaml',
    [
      'execution.checkpointing.dir: "file:///checkpoints"',
      'execution.checkpointing.savepoint-dir: "file:///savepoints"',
    ],
  ],
])('Flink %s is configured by %s, in the words of its time', (version, name, directories) => {
  expect(configFile(version, settings)).toEqual({
    name,
    text: [...directories, 'rest.port: 8081', ''].join('\n'),
  });
});
