// `npm run mutation`: which changes of src/planning do its unit tests not notice? The report is in .weir/mutation.
export default {
  mutate: ['src/planning/**/*.ts'],
  testRunner: 'jest',
  jest: { configFile: 'stryker.jest.config.js' },
  coverageAnalysis: 'perTest',
  concurrency: 2,
  // what runs once, as a file is loaded: a tenth of the mutants, and nine tenths of the time
  ignoreStatic: true,
  ignorePatterns: ['/dist', '/.weir', '/docs', '/bench', '/deploy', '/examples'],
  tempDirName: '.weir/stryker',
  reporters: ['clear-text', 'json'],
  clearTextReporter: { reportTests: false, logTests: false, reportMutants: false },
  jsonReporter: { fileName: '.weir/mutation/report.json' },
  thresholds: { high: 90, low: 80, break: null },
};
