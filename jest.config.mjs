// The tests run as the compiler left them in dist/: the code that ships, no transform, stack traces by source map.
const services = {
  // These boot gateways, which have some two thousand modules: suites of one process share them.
  testRunner: '<rootDir>/dist/test/support/suite-runner.js',
  globalSetup: '<rootDir>/dist/test/support/global-setup.js',
  globalTeardown: '<rootDir>/dist/test/support/global-teardown.js',
};

const project = (displayName, roots, more = {}) => ({
  displayName,
  roots: roots.map((root) => `<rootDir>/dist/${root}`),
  testEnvironment: 'node',
  transform: {},
  testRegex: '\\.spec\\.js$',
  ...more,
});

export default {
  maxWorkers: 2,
  // Of a machine that others keep busy: nothing here takes ten seconds on a quiet one.
  testTimeout: 90_000,
  projects: [
    project('unit', ['apps', 'libs']),
    project('architecture', ['test/architecture']),
    project('contract', ['test/contract'], services),
    project('medium', ['test/medium'], services),
    project('e2e', ['test/e2e'], services),
  ],
};
