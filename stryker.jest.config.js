// Jest for Stryker: the unit tests of src/planning and nothing that starts a server. Its sandbox is below .weir.
const { projects } = require('./jest.config.js');

const { transform, testEnvironment } = projects[0];

module.exports = { transform, testEnvironment, testMatch: ['<rootDir>/test/planning/**/*.test.ts'] };
