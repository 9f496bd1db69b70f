import type { PostgresClient } from '../postgres-client.js';
import { notOne, type ClientOf } from './client-of.js';
import { innermost } from './innermost.js';

/** The part of a QueryRunner of TypeORM that is needed. */
interface QueryRunnerLike {
  readonly isTransactionActive: boolean;
  query(
    text: string,
    values: unknown[] | undefined,
    useStructuredResult: true,
  ): Promise<{ readonly records: readonly unknown[] }>;
}

/** An EntityManager, a DataSource or a QueryRunner. */
interface TypeormLike {
  readonly query?: unknown;
  readonly getRepository?: unknown;
  readonly queryRunner?: unknown;
  readonly isTransactionActive?: unknown;
}

/** Of an EntityManager, or a QueryRunner, of TypeORM. */
export const typeormClient: ClientOf = (tx) => {
  const { getRepository, queryRunner, isTransactionActive } = tx as TypeormLike;
  const isRunner = typeof isTransactionActive === 'boolean';
  if (!isRunner && typeof getRepository !== 'function') return undefined;
  const runner = (isRunner ? tx : queryRunner) as QueryRunnerLike | undefined;
  if (!runner?.isTransactionActive) throw notOne('an EntityManager outside of `transaction(…)`');
  return {
    query: async (text, values) => {
      // What `query` gives by itself differs from command to command.
      const { records } = await runner.query(text, values, true).catch(innermost);
      return { rows: records };
    },
  } satisfies PostgresClient;
};
