/** The part of a `pg` Pool, or of a PGlite, that the store needs: each query on a connection of its choice. */
export interface PostgresClient {
  query(text: string, values?: unknown[]): Promise<{ readonly rows: readonly unknown[] }>;
}

/** The part of what the package `postgres` makes (Postgres.js) that the store needs. */
export interface PostgresJsClient {
  /** What the driver takes as a value depends on the types that it was set up with; those of a store it always takes. */
  unsafe(text: string, values?: never[], options?: { prepare?: boolean }): PromiseLike<readonly unknown[]>;
}

/**
 * Gives any client one way to be asked. They are told apart by what they can do.
 *
 * Postgres.js prepares what the store asks, unless it was told not to (`prepare: false`): what is not prepared takes it a
 * second round trip, for the types of the parameters.
 */
export function queryable(client: PostgresClient | PostgresJsClient): PostgresClient {
  if (!isPostgresJs(client)) return client;
  return {
    query: async (text, values) => ({
      rows: await (values ? client.unsafe(text, values as never[], { prepare: true }) : client.unsafe(text)),
    }),
  };
}

/** Whether something can run a query. */
export const canQuery = (client: unknown): client is PostgresClient | PostgresJsClient =>
  has(client, 'query') || isPostgresJs(client);

export const isPostgresJs = (client: unknown): client is PostgresJsClient =>
  typeof client === 'function' && has(client, 'unsafe');

const has = (client: unknown, method: string): boolean =>
  (typeof client === 'object' || typeof client === 'function') &&
  client !== null &&
  typeof (client as Readonly<Record<string, unknown>>)[method] === 'function';
