import { types } from 'node:util';
import { IdempotencyConfigurationError } from '../../errors/idempotency-configuration.error.js';
import type { LeaseRef, Retention, StoreCapabilities, Unwatch } from '../idempotency-store.js';
import type { Migration } from '../sql/migration.js';
import { inBatches, PURGE_BATCH, PURGE_INTERVAL, PurgeTimer } from '../sql/purge-timer.js';
import { SqlStore } from '../sql/sql-store.js';
import { Listening } from './listening.js';
import { listenerOf, listenOf } from './listening-client.js';
import { ListeningConnection } from './listening-connection.js';
import { OwnListening } from './own-listening.js';
import { canQuery, isPostgresJs, queryable } from './postgres-client.js';
import { PostgresEngine } from './postgres-engine.js';
import { unavailable } from './postgres-errors.js';
import { postgresMigrations } from './postgres-migrations.js';
import { postgresNames, type PostgresNames } from './postgres-names.js';
import { checkPostgresSchema, migratePostgres } from './postgres-schema.js';
import { PostgresSql } from './postgres-sql.js';
import { checkPostgresOptions, type PostgresStoreOptions } from './postgres-store.options.js';
import { transactionClient } from './transactions/transaction-client.js';
import { within } from '../sql/within.js';

/** ms; a database that is not there by then is taken as it is. */
const PATIENCE = 5_000;

/**
 * Keeps records in a table of Postgres 12 or later: one statement and one round trip per operation, on the server's clock.
 * The table is made by `npx nestjs-idempotency migrate`, or by your own tool from `migrations()`.
 *
 * @example
 * new PostgresStore({ client: new Pool({ connectionString: process.env.DATABASE_URL }) })
 */
export class PostgresStore extends SqlStore {
  override readonly capabilities: StoreCapabilities;
  protected override readonly engine: PostgresEngine;
  readonly #options: PostgresStoreOptions;
  readonly #names: PostgresNames;
  readonly #sql: PostgresSql;
  readonly #listening: Listening | undefined;
  readonly #timer = new PurgeTimer(() => this.purge());

  /** Present unless `listen` is false. */
  declare watch?: (listener: (id: string) => void) => Promise<Unwatch>;

  /** @throws IdempotencyConfigurationError when an option is wrong; the client itself is looked at by `start()` */
  constructor(options: PostgresStoreOptions) {
    super();
    checkPostgresOptions(options);
    const { client, schema, table } = options;
    this.#options = options;
    this.#names = postgresNames(schema, table);
    this.#sql = new PostgresSql(this.#names);
    this.engine = new PostgresEngine(this.#sql, client && queryable(client));
    this.#listening = listeningOf(options, this.#names.channel);
    if (this.#listening) this.watch = (listener) => this.#watch(listener);
    this.capabilities = Object.freeze({
      name: 'postgres',
      durable: true,
      shared: true,
      clock: 'server',
      notifies: this.#listening !== undefined,
      verifiesResponses: true,
      transactional: true,
    });
  }

  /**
   * Looks at the client and the table; a database that does not answer within five seconds is taken as it is. From now
   * on, what is over is removed every `purgeInterval`.
   *
   * @throws IdempotencyConfigurationError when there is no client that the store can drive, or the schema is missing, old
   * or changed
   */
  override async start(): Promise<void> {
    const { client, migrate, purgeInterval = PURGE_INTERVAL } = this.#options;
    if (!canQuery(client)) {
      throw new IdempotencyConfigurationError([
        'PostgresStore: `client` has no query(). Pass a Pool of `pg`, a PGlite, or what the package `postgres` makes.',
      ]);
    }
    try {
      if (migrate) await migratePostgres(queryable(client), this.#names);
      await within(PATIENCE, checkPostgresSchema(queryable(client), this.#names));
    } catch (error) {
      if (error instanceof IdempotencyConfigurationError) throw error;
      if (isRefusal(error)) throw refused(error);
    }
    this.#timer.start(purgeInterval);
  }

  /**
   * Makes the table, or brings it up to date. May be run again, and by several at once.
   *
   * @throws StoreUnavailableError when the database is not there, or refuses; nothing was changed
   */
  async migrate(): Promise<void> {
    try {
      await migratePostgres(queryable(this.#options.client), this.#names);
    } catch (error) {
      throw unavailable('migrate', error);
    }
  }

  /** All steps of the schema of this store, oldest first. */
  migrations(): readonly Migration[] {
    return postgresMigrations(this.#options);
  }

  /**
   * Removes what is over, and the responses of what has become a tombstone; `batch` rows a statement, so that nobody waits
   * long. Never a live or an uncertain record. Several may do it at once. Gives the number of rows.
   *
   * @param options.batch @default 1_000
   * @throws StoreUnavailableError what was removed by then stays so
   */
  async purge({ batch = PURGE_BATCH }: { readonly batch?: number } = {}): Promise<number> {
    const removed = await inBatches(batch, (count) => this.engine.purge(this.#sql.sweep(), count));
    return removed + (await inBatches(batch, (count) => this.engine.purge(this.#sql.empty(), count)));
  }

  /**
   * `complete`, as a part of the transaction `tx` of `pg`, PGlite, Kysely, TypeORM, Drizzle or Prisma, or of anything that has
   * `query(text, values): Promise<{ rows }>`: the response is recorded if and when that commits. `lost` means that somebody
   * else has the record: roll back.
   *
   * @throws IdempotencyConfigurationError this is no transaction
   * @throws StoreUnavailableError the transaction is over; its `cause` has the SQLSTATE as `code`
   * @throws IdempotencyConfigurationError for a transaction of the package `postgres`: see the documentation of this store
   */
  override async completeWithin(
    tx: unknown,
    ref: LeaseRef,
    response: Uint8Array,
    retention: Retention,
  ): Promise<'completed' | 'lost'> {
    // What it has to do in a transaction whose connection was lost, it may do on another one, outside of any.
    if (isPostgresJs(tx) || isDrizzleOnPostgresJs(tx)) {
      throw new IdempotencyConfigurationError([UNSAFE_TRANSACTION]);
    }
    const engine = new PostgresEngine(this.#sql, transactionClient(tx), true);
    return (await this.completeOn(engine, ref, response, retention)).state;
  }

  /** Ends the timer and the listening connection. The client stays as it is: who made it closes it. */
  override async close(): Promise<void> {
    await this.#timer.stop();
    await this.#listening?.close();
  }

  async #watch(listener: (id: string) => void): Promise<Unwatch> {
    try {
      return await (this.#listening as Listening).watch(listener);
    } catch (error) {
      throw unavailable('listen', error);
    }
  }
}

const isDrizzleOnPostgresJs = (tx: unknown): boolean =>
  isPostgresJs((tx as { session?: { client?: unknown } } | null | undefined)?.session?.client);

const UNSAFE_TRANSACTION =
  'PostgresStore: a transaction of the package `postgres` cannot complete a record: when its connection is lost, what follows ' +
  'may run outside of it. Use pgTransactions on a Pool of `pg`; the store itself may keep its client.';

/** `listen` wins; else the client listens as it knows how to. */
function listeningOf({ client, listen }: PostgresStoreOptions, channel: string): Listening | undefined {
  const create = listen ?? listenerOf(client);
  if (create) return new Listening((tell) => new ListeningConnection(create, channel, tell));
  const own = listen === undefined ? listenOf(client) : undefined;
  return own && new Listening((tell) => new OwnListening(own, channel, tell));
}

/** What Postgres says of the schema or the rights, and a later attempt would hear again. */
const isRefusal = (error: unknown): boolean =>
  types.isNativeError(error) && /^(42|3F|25006)/.test(String((error as { code?: unknown }).code));

const refused = (error: unknown): IdempotencyConfigurationError => {
  const { message, cause } = unavailable('be set up', error);
  return new IdempotencyConfigurationError([`PostgresStore: ${message}`], { cause });
};
