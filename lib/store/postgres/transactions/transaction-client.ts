import { IdempotencyConfigurationError } from '../../../errors/idempotency-configuration.error.js';
import { canQuery, queryable, type PostgresClient } from '../postgres-client.js';
import { notOne, type ClientOf } from './client-of.js';
import { drizzleClient } from './drizzle-client.js';
import { kyselyClient } from './kysely-client.js';
import { prismaClient } from './prisma-client.js';
import { typeormClient } from './typeorm-client.js';

/** Those with a `query` that answers otherwise first. */
const KNOWN: readonly ClientOf[] = [typeormClient, kyselyClient, drizzleClient, prismaClient];

/**
 * How to query in a transaction of `pg`, PGlite, Kysely, TypeORM, Drizzle or Prisma, or in anything that has
 * `query(text, values): Promise<{ rows }>`.
 *
 * @throws IdempotencyConfigurationError when it is none
 */
export function transactionClient(tx: unknown): PostgresClient {
  if ((typeof tx === 'object' || typeof tx === 'function') && tx !== null) {
    for (const clientOf of KNOWN) {
      const client = clientOf(tx);
      if (client) return client;
    }
    if (isPool(tx)) throw notOne('a Pool');
    if (canQuery(tx)) return queryable(tx);
  }
  throw new IdempotencyConfigurationError([
    'PostgresStore: what was given as a transaction cannot run a query. Pass the transaction of `pg`, PGlite, Kysely, TypeORM, ' +
      'Drizzle or Prisma, or an object with query(text, values): Promise<{ rows }>.',
  ]);
}

/** A `pg` Pool runs each query on a connection of its choice. */
const isPool = (client: object): boolean =>
  'idleCount' in client && typeof (client as { connect?: unknown }).connect === 'function';
