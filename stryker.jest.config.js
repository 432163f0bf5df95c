// Jest for Stryker: the unit tests of src/planning and nothing that starts a server.
const { projects } = require('./jest.config.js');

const { displayName, ...unit } = projects[0];

module.exports = { ...unit, testMatch: ['<rootDir>/test/planning/**/*.test.ts'] };
