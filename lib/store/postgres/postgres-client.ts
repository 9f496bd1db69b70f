/** The part of a `pg` Pool, or of a PGlite, that the store needs: each query on a connection of its choice. */
export interface PostgresClient {
  query(text: string, values?: unknown[]): Promise<{ readonly rows: readonly unknown[] }>;
}

/** A `pg` Client that was never connected: for one that listens. */
export interface ListeningClient {
  connect(): Promise<unknown>;
  query(text: string): Promise<unknown>;
  end(): Promise<unknown>;
  on(
    event: 'notification',
    listener: (message: { readonly channel: string; readonly payload?: string | undefined }) => void,
  ): unknown;
  on(event: 'error' | 'end', listener: () => void): unknown;
}

/** Makes a client to listen with. */
export type CreateListener = () => ListeningClient;

/** A `pg` Pool knows how it makes its connections. */
interface PoolLike {
  readonly Client: new (options: unknown) => ListeningClient;
  readonly options: object;
}

/**
 * How to make one more connection like those of a `pg` Pool, outside of it: one that listens is never given back, and a
 * pool of one could do nothing else. Nothing when `client` is something else.
 */
export function listenerOf(client: unknown): CreateListener | undefined {
  const { Client, options } = (client ?? {}) as Partial<PoolLike>;
  if (typeof Client !== 'function' || typeof options !== 'object') return undefined;
  return () => new Client(options);
}

/** Whether something can run a query. */
export const canQuery = (client: unknown): client is PostgresClient =>
  typeof client === 'object' &&
  client !== null &&
  typeof (client as { query?: unknown }).query === 'function';
