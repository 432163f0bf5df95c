/** For jest's `--filter`: the files that have not passed yet, by the table that WEIR_TEST_TABLE names. */
const { relative } = require('node:path');
const { passedIn } = require('./table.js');

module.exports = (paths) => {
  const passed = new Set(passedIn(process.env.WEIR_TEST_TABLE).map(({ file }) => file));
  return { filtered: paths.filter((path) => !passed.has(relative(process.cwd(), path))) };
};
