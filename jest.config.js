// `unit` needs nothing but Node; `real` starts Temporal, and Flink or its simulator, one suite at a time; `faults` is
// what takes too long for `npm test`; `versions` downloads other versions of Flink; `edge` needs programs of others:
// Chromium, nginx, Python.
const toCommonJs = (syntax) => [
  '@swc/jest',
  {
    jsc: { target: 'es2022', parser: { syntax } },
    module: { type: 'commonjs' },
    sourceMaps: 'inline',
  },
];

// The client of Kubernetes, and what it needs: ES modules only, which jest does not load as such.
const esModules = '(?:@kubernetes/client-node|openid-client|oauth4webapi|jose)/';

const common = {
  testEnvironment: 'node',
  transform: { '^.+\\.ts$': toCommonJs('typescript') },
  testPathIgnorePatterns: ['/node_modules/', '/dist/', '/.weir/'],
  // copies of this package are made there, and its name would mean each of them
  modulePathIgnorePatterns: ['<rootDir>/.weir/'],
  // the package by its name, as the examples have it
  moduleNameMapper: { '^weir$': '<rootDir>/src/client.ts' },
};

module.exports = {
  testTimeout: 30_000,
  globalSetup: '<rootDir>/test/kit/global-setup.ts',
  globalTeardown: '<rootDir>/test/kit/global-teardown.ts',
  projects: [
    {
      ...common,
      displayName: 'unit',
      transform: {
        ...common.transform,
        [`/node_modules/${esModules}.+\\.js$`]: toCommonJs('ecmascript'),
      },
      transformIgnorePatterns: [`/node_modules/(?!${esModules})`],
      testMatch: ['<rootDir>/test/**/*.test.ts'],
      testPathIgnorePatterns: [
        ...common.testPathIgnorePatterns,
        '<rootDir>/test/real/',
        '<rootDir>/test/workflows/',
        '<rootDir>/test/faults/',
        '<rootDir>/test/versions/',
        '<rootDir>/test/edge/',
      ],
    },
    {
      ...common,
      displayName: 'real',
      testMatch: ['<rootDir>/test/real/**/*.test.ts', '<rootDir>/test/workflows/**/*.test.ts'],
    },
    {
      ...common,
      displayName: 'faults',
      testMatch: ['<rootDir>/test/faults/**/*.test.ts'],
    },
    {
      ...common,
      displayName: 'versions',
      testMatch: ['<rootDir>/test/versions/**/*.test.ts'],
    },
    {
      ...common,
      displayName: 'edge',
      testMatch: ['<rootDir>/test/edge/**/*.test.ts'],
    },
  ],
};
