import { setImmediate as turn } from 'node:timers/promises';
import { IdempotencyConfigurationError } from '../../errors/idempotency-configuration.error.js';
import type { LeaseRef, Retention, StoreCapabilities } from '../idempotency-store.js';
import type { Migration } from '../sql/migration.js';
import { inBatches, PURGE_BATCH, PURGE_INTERVAL, PurgeTimer } from '../sql/purge-timer.js';
import { SqlStore } from '../sql/sql-store.js';
import type { Statement } from '../sql/statement.js';
import { SqliteEngine } from './sqlite-engine.js';
import { isHandle, type SqliteHandle } from './sqlite-handle.js';
import { sqliteMigrations, sqliteNames, type SqliteNames } from './sqlite-migrations.js';
import { checkSqliteSchema, migrateSqlite } from './sqlite-schema.js';
import { SqliteSql } from './sqlite-sql.js';
import { checkSqliteOptions, type SqliteStoreOptions } from './sqlite-store.options.js';

/** ms that SQLite itself may block the process for another connection's sake. */
const BUSY_TIMEOUT = 5;
/** ms to wait for other connections, unless set otherwise. */
const PATIENCE = 800;

/**
 * Keeps records in a file of SQLite 3.38 or later: for processes of one machine. What is recorded is on the disk. The
 * clock is the machine's. Nobody is woken: waiting requests ask again now and then.
 *
 * @example
 * new SqliteStore({ database: new DatabaseSync('./data/idempotency.db') })
 */
export class SqliteStore extends SqlStore {
  override readonly capabilities: StoreCapabilities = Object.freeze({
    name: 'sqlite',
    durable: true,
    shared: true,
    clock: 'server',
    notifies: false,
    verifiesResponses: true,
    transactional: true,
  });

  protected override readonly engine: SqliteEngine;
  readonly #options: SqliteStoreOptions;
  readonly #names: SqliteNames;
  readonly #sql: SqliteSql;
  readonly #timer = new PurgeTimer(() => this.purge());

  /** @throws IdempotencyConfigurationError when an option is wrong; the file itself is looked at by `start()` */
  constructor(options: SqliteStoreOptions) {
    super();
    checkSqliteOptions(options);
    const { database, table, patience = PATIENCE } = options;
    if (!isHandle(database)) {
      throw new IdempotencyConfigurationError([
        'SqliteStore: `database` has no exec() and prepare(). Pass a database of node:sqlite, better-sqlite3 or libsql.',
      ]);
    }
    this.#options = options;
    this.#names = sqliteNames(table);
    this.#sql = new SqliteSql(this.#names);
    this.engine = new SqliteEngine(this.#sql, database, patience);
  }

  /**
   * Sets the handle up, migrates unless told not to, and looks at the table. From now on, what is over is removed every
   * `purgeInterval`.
   *
   * @throws IdempotencyConfigurationError when the schema is missing, old or changed
   * @throws StoreUnavailableError when the file cannot be read or written
   */
  override async start(): Promise<void> {
    const { database, table, migrate = true, purgeInterval = PURGE_INTERVAL } = this.#options;
    const pragmas = `PRAGMA busy_timeout = ${BUSY_TIMEOUT}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;`;
    await this.engine.retry('open its file', () => database.exec(pragmas));
    if (migrate) await this.engine.retry('migrate', () => migrateSqlite(database, table));
    await this.#check();
    this.#timer.start(purgeInterval);
  }

  /** All steps of the schema of this store, oldest first. */
  migrations(): readonly Migration[] {
    return sqliteMigrations(this.#options);
  }

  /**
   * Removes what is over, and the responses of what has become a tombstone; `batch` rows a statement, and others have their
   * turn in between. Never a live or an uncertain record. Gives the number of rows.
   *
   * @param options.batch @default 1_000
   * @throws StoreUnavailableError what was removed by then stays so
   */
  async purge({ batch = PURGE_BATCH }: { readonly batch?: number } = {}): Promise<number> {
    const each = (statement: Statement) => async (count: number) => {
      await turn();
      return this.engine.purge(statement, count);
    };
    const removed = await inBatches(batch, each(this.#sql.sweep));
    return removed + (await inBatches(batch, each(this.#sql.empty)));
  }

  /**
   * `complete`, as a part of the transaction that is open on `database`, a handle on the same file: the response is
   * recorded if and when that commits. `lost` means that somebody else has the record: roll back.
   *
   * @throws StoreUnavailableError roll back; its `cause` has the code that the handle gave
   */
  override async completeWithin(
    database: SqliteHandle,
    ref: LeaseRef,
    response: Uint8Array,
    retention: Retention,
  ): Promise<'completed' | 'lost'> {
    const engine = new SqliteEngine(this.#sql, database, undefined);
    return (await this.completeOn(engine, ref, response, retention)).state;
  }

  /** Ends the timer. The handle stays open: who made it closes it. */
  override async close(): Promise<void> {
    await this.#timer.stop();
  }

  async #check(): Promise<void> {
    const { database } = this.#options;
    const refusal = await this.engine.retry('look at its table', () => {
      try {
        checkSqliteSchema(database, this.#names);
        return undefined;
      } catch (error) {
        if (error instanceof IdempotencyConfigurationError) return error;
        throw error;
      }
    });
    if (refusal) throw refusal;
  }
}
