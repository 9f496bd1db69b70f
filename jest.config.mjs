import { skipsServices, suitesThatNeedServices } from './tools/services.mjs';

// Everything, dependencies included, is transformed to CommonJS: the only mode in which all of Nest's
// ecosystem loads in Jest on every supported Node without flags. test/package runs the built formats.
const swc = {
  module: { type: 'commonjs' },
  jsc: {
    target: 'es2022',
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
  },
  // Beside the code and not in it: they are read only for the stack of an error.
  sourceMaps: true,
};
const swcJs = { ...swc, jsc: { target: 'es2022', parser: { syntax: 'ecmascript' } } };

/** @type {import('jest').Config} */
export default {
  rootDir: '.',
  testEnvironment: '<rootDir>/test/support/environment.cjs',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.spec.ts'],
  testPathIgnorePatterns: ['/node_modules/', ...(skipsServices ? suitesThatNeedServices() : [])],
  moduleFileExtensions: ['ts', 'js', 'mjs', 'cjs', 'json', 'node'],
  transform: {
    '\\.ts$': ['@swc/jest', swc],
    '\\.[cm]?js$': ['<rootDir>/test/support/transform-dependency.cjs', swcJs],
  },
  // The compiler is CommonJS already, and large.
  transformIgnorePatterns: ['<rootDir>/dist/', '/node_modules/typescript/'],
  resolver: '<rootDir>/test/support/resolver.cjs',
  moduleNameMapper: {
    '^nestjs-idempotency$': '<rootDir>/lib/index.ts',
    '^nestjs-idempotency/redis$': '<rootDir>/lib/store/redis/index.ts',
    '^nestjs-idempotency/cache-manager$': '<rootDir>/lib/store/cache-manager/index.ts',
    '^nestjs-idempotency/postgres$': '<rootDir>/lib/store/postgres/index.ts',
    '^nestjs-idempotency/sqlite$': '<rootDir>/lib/store/sqlite/index.ts',
    '^nestjs-idempotency/testing$': '<rootDir>/lib/testing/index.ts',
  },
  globalSetup: '<rootDir>/test/support/global-setup.mjs',
  globalTeardown: '<rootDir>/test/support/global-teardown.mjs',
  testSequencer: '<rootDir>/test/support/sequencer.cjs',
  // A worker that has grown starts anew, between two suites.
  workerIdleMemoryLimit: '800MB',
  // Ends what hangs. What is slow, because others use the machine, is not wrong.
  testTimeout: 60000,
  collectCoverageFrom: ['lib/**/*.ts'],
  coverageProvider: 'v8',
};
