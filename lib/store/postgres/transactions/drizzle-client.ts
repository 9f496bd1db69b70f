import type { PostgresClient } from '../postgres-client.js';
import { notOne, type ClientOf } from './client-of.js';
import { innermost } from './innermost.js';

/** The part of a transaction of Drizzle that is needed. */
interface DrizzleLike {
  readonly rollback?: unknown;
  readonly dialect: unknown;
  readonly session: unknown;
  execute(query: unknown): PromiseLike<unknown>;
}

/** Of a transaction of Drizzle, on any of its drivers. */
export const drizzleClient: ClientOf = (tx) => {
  const { execute, dialect, session, rollback } = tx as Partial<DrizzleLike>;
  if (typeof execute !== 'function' || !dialect || !session) return undefined;
  if (typeof rollback !== 'function') throw notOne('a Drizzle database outside of `transaction(…)`');
  return {
    query: async (text, values = []) => {
      const result = await Promise.resolve((tx as DrizzleLike).execute(raw(text, values))).catch(innermost);
      // Of `postgres` it is the rows themselves.
      return Array.isArray(result) ? { rows: result as unknown[] } : (result as { rows: unknown[] });
    },
  } satisfies PostgresClient;
};

/** An `SQLWrapper`; its SQL is written already. */
function raw(sql: string, params: readonly unknown[]): object {
  return { getSQL: () => ({ toQuery: () => ({ sql, params }) }) };
}
