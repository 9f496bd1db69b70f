import js from '@eslint/js';
import tseslint from 'typescript-eslint';

// The dependency rule: interceptor → engine → store contract ← stores.
const STORES = '/(memory|redis|cache-manager|sql|postgres|sqlite|dynamodb)/';
const optionalPeers = {
  regex:
    '^(pg|postgres|better-sqlite3|libsql|ioredis|iovalkey|redis|keyv|cache-manager|cache-manager-ioredis-yet|@nestjs/cache-manager|@keyv/.+|express|fastify|@nestjs/platform-.+)(/|$)|^node:sqlite$',
  message: 'Optional peers are not imported: declare the part of the client that is used, structurally.',
};
const otherEntries = {
  regex: '(^|/)(store/(redis|cache-manager|sql|postgres|sqlite|dynamodb)|testing)/',
  message: 'The root entry point loads no other entry point: each is a subpath of its own.',
};
const dependsOnlyOn = (patterns) => ['error', { patterns: [optionalPeers, ...patterns] }];
const dependencies = (files, patterns, ignores = []) => ({
  files,
  ignores,
  rules: { 'no-restricted-imports': dependsOnlyOn(patterns) },
});

const typed = {
  '@typescript-eslint/no-floating-promises': 'error',
  '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: false } }],
};

export default tseslint.config(
  // Prisma's types are where it is installed, in the package check.
  { ignores: ['dist/', 'coverage/', 'node_modules/', '.data/', 'test/package/consumer-prisma/'] },
  js.configs.recommended,
  // Prettier decides about line breaks.
  { rules: { 'no-unexpected-multiline': 'off' } },
  {
    files: ['**/*.{js,mjs,cjs}'],
    languageOptions: {
      globals: Object.fromEntries(
        [
          'process console Buffer URL URLSearchParams setTimeout clearTimeout setInterval clearInterval setImmediate',
          'fetch performance AbortController AbortSignal structuredClone queueMicrotask globalThis',
          'module require __dirname exports',
        ].flatMap((names) => names.split(' ').map((name) => [name, 'readonly'])),
      ),
    },
  },
  {
    files: ['**/*.{ts,mts}'],
    extends: [tseslint.configs.recommended],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      ...typed,
      '@typescript-eslint/no-explicit-any': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
    },
  },
  {
    // Not part of a project: `tsc` does not compile them.
    files: ['**/*.d.{ts,mts}'],
    languageOptions: { parserOptions: { projectService: false, project: null } },
    rules: Object.fromEntries(Object.keys(typed).map((rule) => [rule, 'off'])),
  },
  {
    files: ['lib/**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    rules: {
      ...typed,
      '@typescript-eslint/no-explicit-any': 'error',
      // Interfaces of Nest are met with methods that need no class state, and stores with ones that need not wait.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      // Errors are passed on as they came, whatever was thrown.
      '@typescript-eslint/only-throw-error': 'off',
      '@typescript-eslint/prefer-promise-reject-errors': 'off',
      // Methods of responses are kept, replaced and applied; a route's path may be a list or an expression.
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/no-base-to-string': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
      'max-lines': ['error', 300],
      'no-console': 'error',
    },
  },
  dependencies(['lib/**/*.ts'], []),
  dependencies(['lib/*.ts', 'lib/{bootstrap,execution,errors,http,operations}/**/*.ts'], [otherEntries]),
  dependencies(
    ['lib/http/**/*.ts'],
    [otherEntries, { regex: `store${STORES}`, message: 'HTTP knows the store contract, not a store.' }],
  ),
  dependencies(
    ['lib/engine/**/*.ts'],
    [
      { regex: '^@nestjs/', message: 'The engine does not know Nest.' },
      {
        regex: '^\\.\\./(?!errors/|store/idempotency-store)',
        message: 'The engine knows the store contract only.',
      },
    ],
  ),
  dependencies(
    ['lib/store/*.ts', 'lib/store/*/**/*.ts'],
    [
      { regex: '^@nestjs/', message: 'A store does not know Nest.' },
      {
        regex: '^(\\.\\./)+(engine|http|bootstrap|execution|operations|testing)/|^(\\.\\./){2,}idempoten',
        message: 'A store knows the contract and the errors only.',
      },
    ],
  ),
);
