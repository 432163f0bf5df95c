/** For jest: notes each file in the table that WEIR_TEST_TABLE names when it is done. */
const { relative } = require('node:path');
const { note } = require('./table.js');

module.exports = class {
  constructor({ rootDir }) {
    this.rootDir = rootDir;
  }

  onTestResult({ path }, { numPassingTests, numFailingTests, testExecError, perfStats }) {
    note(process.env.WEIR_TEST_TABLE, {
      file: relative(this.rootDir, path),
      passed: numPassingTests,
      failed: numFailingTests + (testExecError ? 1 : 0),
      seconds: Math.round(perfStats.runtime / 1000),
    });
  }
};
