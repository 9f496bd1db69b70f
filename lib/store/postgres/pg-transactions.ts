import { AsyncLocalStorage } from 'node:async_hooks';
import { IdempotencyConfigurationError } from '../../errors/idempotency-configuration.error.js';
import type { TransactionRunner } from '../../transactions/transaction-runner.js';
import type { PostgresClient } from './postgres-client.js';

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
  readonly isolation?: 'read committed' | 'repeatable read' | 'serializable';
}

const LEVELS: readonly string[] = ['read committed', 'repeatable read', 'serializable'];

/** Transactions on a `pg` Pool, the current one at hand everywhere below. */
export class PgTransactions<Client extends PgPoolClient> implements TransactionRunner {
  readonly #storage = new AsyncLocalStorage<Scope<Client>>();
  readonly #pool: PgPool<Client>;
  readonly #begin: string;

  /** @throws IdempotencyConfigurationError when there is no such isolation */
  constructor(pool: PgPool<Client>, { isolation = 'read committed' }: PgTransactionsOptions = {}) {
    this.#pool = pool;
    if (!LEVELS.includes(isolation)) {
      throw new IdempotencyConfigurationError([`pgTransactions: isolation is one of ${LEVELS.join(', ')}.`]);
    }
    this.#begin = `BEGIN ISOLATION LEVEL ${isolation.toUpperCase()}`;
  }

  /**
   * The client of the current transaction; nothing outside of one: then use the pool.
   *
   * @throws Error when the transaction is over that this code belongs to: nobody waited for it
   */
  current(): Client | undefined {
    const scope = this.#storage.getStore();
    if (scope?.isOver) {
      throw new Error('The transaction is over in which this was started. Await what a handler does.');
    }
    return scope?.client;
  }

  /** Runs `work` in a transaction; within one, in a savepoint of it. Rejects with what `work` or the commit rejects with. */
  async run<T>(work: (tx: Client) => Promise<T>): Promise<T> {
    const outer = this.#storage.getStore();
    if (outer && !outer.isOver) return this.#within(outer, work);
    const client = await this.#pool.connect();
    // Without a listener, the loss of a connection that is idle would end the process.
    let isLost = false;
    const onError = (): void => void (isLost = true);
    client.on('error', onError);
    const scope: Scope<Client> = { client, isOver: false, savepoints: 0 };
    try {
      await client.query(this.#begin);
      const result = await this.#storage.run(scope, () => work(client));
      scope.isOver = true;
      await commit(client);
      return result;
    } catch (error) {
      scope.isOver = true;
      if (!isLost) await client.query('ROLLBACK').catch(onError);
      throw error;
    } finally {
      client.removeListener('error', onError);
      client.release(isLost);
    }
  }

  async #within<T>(scope: Scope<Client>, work: (tx: Client) => Promise<T>): Promise<T> {
    const { client } = scope;
    const savepoint = `nested_${++scope.savepoints}`;
    await client.query(`SAVEPOINT ${savepoint}`);
    try {
      const result = await work(client);
      await client.query(`RELEASE SAVEPOINT ${savepoint}`);
      return result;
    } catch (error) {
      await client.query(`ROLLBACK TO SAVEPOINT ${savepoint}`);
      throw error;
    }
  }
}

/** What is current in a transaction. */
interface Scope<Client> {
  readonly client: Client;
  isOver: boolean;
  savepoints: number;
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
