// One jest project per kind of test, fast kinds first; `npm test` runs them all.
import { availableParallelism } from 'node:os';

const shared = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: {
    '^(\\.{1,2}/.*)\\.js$': '$1',
    '^tidemark$': '<rootDir>/src/index.ts',
  },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
};

const kind = (name, extra = {}) => ({
  ...shared,
  ...extra,
  displayName: name,
  testMatch: [`<rootDir>/test/${name}/**/*.test.ts`],
});

export default {
  // Tests tell right from wrong, never fast from slow: a busy machine fails none of them.
  testTimeout: 120_000,
  // Most suites wait for servers more than they compute, so no core is kept back. Workers, never one
  // process for all: the modules of a suite stay in memory, and a worker that has grown starts afresh.
  maxWorkers: Math.max(2, availableParallelism()),
  workerIdleMemoryLimit: '1GB',
  projects: [
    kind('architecture'),
    kind('types'),
    kind('unit'),
    kind('property'),
    kind('golden'),
    kind('conformance'),
    // PySpark takes minutes to install: `npm run test:readers` asks for it.
    kind('readers', {
      testPathIgnorePatterns: process.env.TIDEMARK_SPARK === '1' ? [] : ['spark\\.test\\.ts$'],
    }),
    kind('contract'),
    kind('simulation'),
    kind('replay'),
    // One test a row of docs/operations.md.
    kind('failures'),
    kind('workflow'),
    kind('e2e'),
  ],
};
