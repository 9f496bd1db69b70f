import type { PostgresClient } from '../postgres-client.js';
import { notOne, type ClientOf } from './client-of.js';

/** The part of a Transaction of Kysely that is needed. */
export interface KyselyTransactionLike {
  readonly isTransaction: boolean;
  withoutPlugins(): { executeQuery(query: never): Promise<{ readonly rows: readonly unknown[] }> };
}

/** Of a Transaction of Kysely. */
export const kyselyClient: ClientOf = (tx) => {
  const { isTransaction, withoutPlugins } = tx as Partial<KyselyTransactionLike>;
  if (typeof isTransaction !== 'boolean' || typeof withoutPlugins !== 'function') return undefined;
  if (!isTransaction) throw notOne('a Kysely outside of `transaction()`');
  // A plugin may rename columns.
  const plain = (tx as KyselyTransactionLike).withoutPlugins();
  return {
    query: (text, values = []) => plain.executeQuery(raw(text, values) as never),
  } satisfies PostgresClient;
};

/** As `CompiledQuery.raw()` makes it. */
function raw(sql: string, parameters: readonly unknown[]): object {
  const query = { kind: 'RawNode', sqlFragments: [sql], parameters: [] };
  return { sql, parameters, query, queryId: { queryId: 'nestjs-idempotency' } };
}
