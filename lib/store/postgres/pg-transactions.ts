import { IdempotencyConfigurationError } from '../../errors/idempotency-configuration.error.js';
import type { TransactionRunner } from '../../transactions/transaction-runner.js';
import type { PostgresClient } from './postgres-client.js';
import { inSavepoint } from './transactions/in-savepoint.js';
import { isIsolation, ISOLATIONS, type Isolation } from './transactions/isolation.js';
import { Scopes } from './transactions/scopes.js';

/** The part of a client of a `pg` Pool that a transaction needs. */
export interface PgPoolClient extends PostgresClient {
  release(destroy?: boolean): void;
  on(event: 'error', listener: () => void): unknown;
  removeListener(event: 'error', listener: () => void): unknown;
}

/** The part of a `pg` Pool that transactions need. */
export interface PgPool<Client extends PgPoolClient> {
  connect(): Promise<Client>;
}

/** Options of `pgTransactions`. */
export interface PgTransactionsOptions {
  /** @default 'read committed' */
  readonly isolation?: Isolation;
}

/** Transactions on a `pg` Pool, the current one at hand everywhere below. */
export class PgTransactions<Client extends PgPoolClient> implements TransactionRunner {
  readonly #scopes = new Scopes<Client>();
  readonly #pool: PgPool<Client>;
  readonly #begin: string;

  /** @throws IdempotencyConfigurationError when there is no such isolation */
  constructor(pool: PgPool<Client>, { isolation = 'read committed' }: PgTransactionsOptions = {}) {
    this.#pool = pool;
    if (!isIsolation(isolation)) {
      throw new IdempotencyConfigurationError([
        `pgTransactions: isolation is one of ${ISOLATIONS.join(', ')}.`,
      ]);
    }
    this.#begin = `BEGIN ISOLATION LEVEL ${isolation.toUpperCase()}`;
  }

  /**
   * The client of the current transaction; nothing outside of one: then use the pool.
   *
   * @throws Error when the transaction is over that this code belongs to: nobody waited for it
   */
  current(): Client | undefined {
    return this.#scopes.current();
  }

  /** Runs `work` in a transaction; within one, in a savepoint of it. Rejects with what `work` or the commit rejects with. */
  async run<T>(work: (tx: Client) => Promise<T>): Promise<T> {
    const outer = this.#scopes.outer();
    if (outer) return inSavepoint(outer.tx, ++outer.savepoints, () => work(outer.tx));
    const client = await this.#pool.connect();
    // Without a listener, the loss of a connection that is idle would end the process.
    let isLost = false;
    const onError = (): void => void (isLost = true);
    client.on('error', onError);
    try {
      await client.query(this.#begin);
      const result = await this.#scopes.run(client, work);
      await commit(client);
      return result;
    } catch (error) {
      if (!isLost) await client.query('ROLLBACK').catch(onError);
      throw error;
    } finally {
      client.removeListener('error', onError);
      client.release(isLost);
    }
  }
}

/** Postgres answers the COMMIT of a transaction in which a statement failed with a rollback, and no error. */
async function commit(client: PgPoolClient): Promise<void> {
  const { command } = (await client.query('COMMIT')) as { command?: unknown };
  if (command === 'ROLLBACK')
    throw new Error('A statement of the transaction had failed: it was rolled back.');
}

/**
 * Transactions on a `pg` Pool, for the module's option `transactions`. Repositories use
 * `transactions.current() ?? pool`.
 *
 * @example
 * const transactions = pgTransactions(pool);
 * IdempotencyModule.forRoot({ store: new PostgresStore({ client: pool }), transactions });
 */
export function pgTransactions<Client extends PgPoolClient>(
  pool: PgPool<Client>,
  options?: PgTransactionsOptions,
): PgTransactions<Client> {
  return new PgTransactions(pool, options);
}
