import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import * as root from 'nestjs-idempotency';
import * as cacheManager from 'nestjs-idempotency/cache-manager';
import * as postgres from 'nestjs-idempotency/postgres';
import * as redis from 'nestjs-idempotency/redis';
import * as sqlite from 'nestjs-idempotency/sqlite';
import * as testing from 'nestjs-idempotency/testing';

const project = join(__dirname, '../..');

/** Every name that an index file exports, types included. */
function exportedNames(file: string): { values: string[]; types: string[] } {
  const source = ts.createSourceFile(file, readFileSync(join(project, file), 'utf8'), ts.ScriptTarget.ES2022);
  const values: string[] = [];
  const types: string[] = [];
  for (const statement of source.statements) {
    if (
      !ts.isExportDeclaration(statement) ||
      !statement.exportClause ||
      !ts.isNamedExports(statement.exportClause)
    ) {
      throw new Error(`${file}: an index file has named exports and nothing else.`);
    }
    for (const { name, isTypeOnly } of statement.exportClause.elements) {
      (statement.isTypeOnly || isTypeOnly ? types : values).push(name.text);
    }
  }
  return { values: values.sort(), types: types.sort() };
}

/** What users may rely on. Whoever changes this list changes the package's major or minor version. */
const PUBLIC = {
  '.': {
    file: 'lib/index.ts',
    module: root,
    values: [
      'IDEMPOTENCY_DEFAULTS',
      'Idempotent',
      'IdempotencyConfigurationError',
      'IdempotencyContext',
      'IdempotencyErrorCode',
      'IdempotencyException',
      'IdempotencyModule',
      'IdempotencyService',
      'IdempotencyStore',
      'IdempotencyStoreError',
      'MemoryStore',
      'RecordUnreadableError',
      'StoreFullError',
      'StoreUnavailableError',
      'clsTransactions',
      'isIdempotencyError',
    ],
    types: [
      'AcquireResult',
      'Acquired',
      'AttemptOutcome',
      'Claim',
      'ClaimRef',
      'ClsTransactionsOptions',
      'CompleteResult',
      'Completed',
      'CompletedResolution',
      'Effect',
      'EffectOptions',
      'EffectRetry',
      'EffectRun',
      'EraseResult',
      'Expired',
      'FingerprintResolver',
      'Guarantee',
      'Happened',
      'IdempotencyEvent',
      'IdempotencyEventListener',
      'IdempotencyModuleOptions',
      'IdempotencyOptionsFactory',
      'IdempotencyRecord',
      'IdempotencyRecordDetails',
      'IdempotentOptions',
      'InProgress',
      'IncidentEvent',
      'Job',
      'KeyAgeRule',
      'KeyResolver',
      'LeaseRef',
      'ListOptions',
      'MemoryStoreOptions',
      'NotApplied',
      'NotAppliedResolution',
      'OnLapse',
      'OutcomeEvent',
      'PrincipalResolver',
      'RecordDetails',
      'RecordEntry',
      'RecordList',
      'RecordNote',
      'RecordPage',
      'RecordQuery',
      'RecordResolution',
      'RecordRule',
      'RecordState',
      'RemoveResult',
      'ReplayCacheOptions',
      'RequestMark',
      'Resolution',
      'ResolveOutcome',
      'ResolveResult',
      'ResolvedResponse',
      'Retention',
      'RouteDefaults',
      'RunContext',
      'RunOptions',
      'Scope',
      'ScopeRef',
      'ScopeResolver',
      'StandingRecord',
      'StoreCapabilities',
      'StoreErrorPolicy',
      'TransactionHostLike',
      'TransactionMode',
      'TransactionRunner',
      'Uncertain',
      'UncertainRecord',
      'UncertaintyResolver',
      'Unwatch',
    ],
  },
  './redis': {
    file: 'lib/store/redis/index.ts',
    module: redis,
    values: ['RedisStore'],
    types: ['IoredisClient', 'NodeRedis4Client', 'NodeRedisClient', 'RedisClient', 'RedisStoreOptions'],
  },
  './cache-manager': {
    file: 'lib/store/cache-manager/index.ts',
    module: cacheManager,
    values: ['CacheManagerStore'],
    types: ['CacheManager', 'CacheManagerStoreOptions'],
  },
  './postgres': {
    file: 'lib/store/postgres/index.ts',
    module: postgres,
    values: ['PostgresStore', 'kyselyTransactions', 'pgTransactions', 'postgresMigrations'],
    types: [
      'CreateListener',
      'KyselyLike',
      'KyselyTransactionLike',
      'KyselyTransactions',
      'KyselyTransactionsOptions',
      'ListeningClient',
      'Migration',
      'PgPool',
      'PgPoolClient',
      'PgTransactions',
      'PgTransactionsOptions',
      'PostgresClient',
      'PostgresJsClient',
      'PostgresStoreOptions',
      'PostgresTableOptions',
    ],
  },
  './sqlite': {
    file: 'lib/store/sqlite/index.ts',
    module: sqlite,
    values: ['SqliteStore', 'sqliteMigrations'],
    types: ['Migration', 'SqliteHandle', 'SqliteStatement', 'SqliteStoreOptions'],
  },
  './testing': {
    file: 'lib/testing/index.ts',
    module: testing,
    values: ['FakeClock', 'FaultyStore', 'describeStoreConformance', 'setFaultPoints'],
    types: [
      'ConformanceOptions',
      'ConformanceRunner',
      'Fault',
      'FaultPoint',
      'FaultProbe',
      'FaultSite',
      'FaultyOperation',
    ],
  },
} as const;

describe('the public surface', () => {
  it('has an entry point for each pinned list, and no other', () => {
    const { exports } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8')) as {
      exports: object;
    };
    const entries = Object.keys(exports).filter((entry) => entry !== './package.json');
    expect(entries).toEqual(Object.keys(PUBLIC));
  });

  describe.each(Object.entries(PUBLIC))('of %s', (_entry, { file, module, values, types }) => {
    it('exports the values on the list', () => {
      expect(exportedNames(file).values).toEqual([...values].sort());
      expect(Object.keys(module).sort()).toEqual([...values].sort());
    });

    it('exports the types on the list', () => {
      expect(exportedNames(file).types).toEqual([...types].sort());
    });

    it('gives something for every value', () => {
      for (const value of Object.values(module)) expect(value).toBeDefined();
    });
  });

  it('keeps the index file short', () => {
    expect(readFileSync(join(project, 'lib/index.ts'), 'utf8').split('\n').length).toBeLessThan(100);
  });
});
