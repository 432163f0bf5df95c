// `npm run mutation`: which changes of src/planning do its unit tests not notice? The report is in .weir/mutation;
// what is left, and why, in docs/mutation.md.
export default {
  mutate: ['src/planning/**/*.ts'],
  testRunner: 'in-process',
  plugins: ['./stryker.runner.mjs'],
  coverageAnalysis: 'perTest',
  concurrency: 1,
  // a mutant that only is slow on a busy machine is no time-out: endless loops are cut short by their count
  timeoutMS: 60_000,
  ignorePatterns: ['/dist', '/.weir', '/bench', '/deploy', '/examples'],
  tempDirName: '.weir/stryker',
  reporters: ['clear-text', 'progress-append-only', 'json'],
  clearTextReporter: { reportTests: false, logTests: false, reportMutants: false },
  jsonReporter: { fileName: '.weir/mutation/report.json' },
  warnings: { slow: false },
  thresholds: { high: 95, low: 90, break: null },
};
