import planning from './stryker.config.mjs';

// `npm run mutation:activities`: which changes of src/activities do its unit tests not notice? Of one file only, by
// some tests only: `WEIR_TESTS='stop|ended' npm run mutation:activities -- --mutate src/activities/stop.ts`. The report
// is in .weir/mutation; what is left, and why, in docs/mutation.md.
export default {
  ...planning,
  mutate: ['src/activities/**/*.ts'],
  inProcess: { folder: 'test/activities', only: process.env['WEIR_TESTS'] ?? '' },
  tempDirName: '.weir/stryker-activities',
  jsonReporter: { fileName: '.weir/mutation/activities.json' },
};
