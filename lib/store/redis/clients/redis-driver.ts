/** What a script gets besides its key. */
export type RedisArgument = string | Buffer;

/** What the store needs of a client; one implementation per family of clients. */
export interface RedisDriver {
  /** What the client puts before every key by itself; `''` if nothing. */
  readonly keyPrefix: string;
  /** EVALSHA with one key. Replies keep their bytes: no text where Redis sent a string. */
  evalsha(sha: string, key: string, args: readonly RedisArgument[]): Promise<unknown>;
  /** EVAL with one key. */
  eval(source: string, key: string, args: readonly RedisArgument[]): Promise<unknown>;
  /** Opens a connection of its own and listens there, over reconnects. */
  subscribe(channel: string, listener: (message: string) => void): Subscription;
}

/** A connection that listens to one channel. */
export interface Subscription {
  /** Resolves when messages arrive from now on. */
  readonly listening: Promise<void>;
  /** Ends the connection; never rejects. May be called at any time. */
  close(): Promise<void>;
}
