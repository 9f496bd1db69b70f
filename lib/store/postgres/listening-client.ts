import { isPostgresJs } from './postgres-client.js';

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

/** Listens, and resolves when it does, with what ends it. */
export type Listen = (channel: string, tell: (payload: string) => void) => Promise<() => Promise<unknown>>;

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

/** A PGlite, or Postgres.js, which calls `established` whenever it listens. */
interface ListenLike {
  listen(channel: string, tell: (payload: string) => void, established?: () => void): Promise<unknown>;
}

/** How a client listens that knows how to. Nothing when there is no such method. */
export function listenOf(client: unknown): Listen | undefined {
  if (typeof (client as Partial<ListenLike> | undefined)?.listen !== 'function') return undefined;
  if (isPostgresJs(client)) return lasting(client as unknown as ListenLike);
  return async (channel, tell) =>
    (await (client as ListenLike).listen(channel, tell)) as () => Promise<unknown>;
}

/**
 * Postgres.js keeps its connection until it is ended, listens again by itself when it was lost, and goes on trying when it
 * could not, of which it can be told no end. So it is asked once.
 */
function lasting(client: ListenLike): Listen {
  const deaf = (): void => undefined;
  let hear: (payload: string) => void = deaf;
  let listens = false;
  let asked: Promise<unknown> | undefined;
  return async (channel, tell) => {
    hear = tell;
    asked ??= client.listen(
      channel,
      (payload) => hear(payload),
      () => (listens = true),
    );
    if (!listens) await asked;
    return async () => (hear = deaf);
  };
}
