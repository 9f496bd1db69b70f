import { IdempotencyConfigurationError } from '../../errors/idempotency-configuration.error.js';
import { checkNames } from '../../errors/unknown-names.js';
import { checkPurgeInterval } from '../sql/purge-timer.js';
import type { SqliteHandle } from './sqlite-handle.js';

/** Options of a `SqliteStore`. */
export interface SqliteStoreOptions {
  /**
   * A database of `node:sqlite`, `better-sqlite3` or `libsql`, open on a file; best one that nobody else uses, for a statement
   * of the store would be part of a transaction that is open on it, and has to wait for its end. The store sets its journal
   * to WAL, `synchronous` to FULL and `busy_timeout` to a few ms when it starts, and never closes it.
   */
  readonly database: SqliteHandle;
  /** @default 'idempotency_records' */
  readonly table?: string;
  /**
   * ms to wait, without blocking the process, while another connection writes or a transaction is open. Less than the
   * module's `storeTimeout`, so that nothing happens after that. @default 800
   */
  readonly patience?: number;
  /**
   * ms between two rounds in which what is over is removed; `false` for none: call `purge()` now and then.
   * @default 600_000
   */
  readonly purgeInterval?: number | false;
  /** Migrate when the application starts. @default true */
  readonly migrate?: boolean;
}

const NAMES = ['database', 'table', 'patience', 'purgeInterval', 'migrate'];

/** @throws IdempotencyConfigurationError with a sentence for each option that is not usable */
export function checkSqliteOptions(options: SqliteStoreOptions): void {
  if (typeof options !== 'object' || options === null || !Object.hasOwn(options, 'database')) {
    throw new IdempotencyConfigurationError([
      'SqliteStore takes an object with a database: new SqliteStore({ database }).',
    ]);
  }
  checkNames('SqliteStore', options, NAMES);
  const { patience = 0, migrate, purgeInterval } = options;
  const problems = checkPurgeInterval('SqliteStore', purgeInterval);
  if (!Number.isInteger(patience) || patience < 0 || patience > 60_000) {
    problems.push('SqliteStore: `patience` must be whole ms from 0 to 60000.');
  }
  if (migrate !== undefined && typeof migrate !== 'boolean') {
    problems.push('SqliteStore: `migrate` must be true or false.');
  }
  if (problems.length > 0) throw new IdempotencyConfigurationError(problems);
}
