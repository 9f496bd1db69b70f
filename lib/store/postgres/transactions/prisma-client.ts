import type { PostgresClient } from '../postgres-client.js';
import { notOne, type ClientOf } from './client-of.js';
import { innermost } from './innermost.js';

/** The part of a transaction of Prisma that is needed. */
interface PrismaLike {
  /** Of a client, and of no transaction. */
  readonly $connect?: unknown;
  $queryRawUnsafe(text: string, ...values: unknown[]): Promise<unknown>;
}

/** Of an interactive transaction of Prisma. */
export const prismaClient: ClientOf = (tx) => {
  const { $queryRawUnsafe, $connect } = tx as Partial<PrismaLike>;
  if (typeof $queryRawUnsafe !== 'function') return undefined;
  if (typeof $connect === 'function') throw notOne('a PrismaClient outside of `$transaction(…)`');
  return {
    query: async (text, values = []) => {
      const rows = await (tx as PrismaLike).$queryRawUnsafe(text, ...values).catch(innermost);
      return { rows: rows as unknown[] };
    },
  } satisfies PostgresClient;
};
