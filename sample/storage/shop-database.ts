import { pgTransactions, type PgTransactions } from 'nestjs-idempotency/postgres';
import type { Pool, PoolClient } from 'pg';

/** A value that the shop binds. */
export type Value = string | number;

/** The shop's tables in Postgres. What asks it inside a transaction takes part in that. */
export class ShopDatabase {
  /** The library runs handlers in these, when orders and their answers are to be committed together. */
  readonly transactions: PgTransactions<PoolClient>;

  constructor(private readonly pool: Pool) {
    this.transactions = pgTransactions<PoolClient>(pool);
  }

  /** Rows of a statement, also of one that writes and says `RETURNING`. */
  async rows<Row>(sql: string, ...values: readonly Value[]): Promise<Row[]> {
    const { rows } = await (this.transactions.current() ?? this.pool).query(sql, [...values]);
    return rows as Row[];
  }

  /** Runs statements as one: all of them or, when `work` throws, none. Within a transaction, as a savepoint of it. */
  atomically<T>(work: () => Promise<T>): Promise<T> {
    return this.transactions.run(work);
  }
}
