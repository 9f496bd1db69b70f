/** What a script gets besides its keys. */
export type RedisArgument = string | Buffer;

/** What the store needs of a client; one implementation per family of clients. */
export interface RedisDriver {
  /** What the client puts before every key of a script by itself; `''` if nothing. */
  readonly keyPrefix: string;
  /** Nothing has been asked yet, and the first command would open a connection: its user chose when. */
  readonly idle: boolean;
  /** EVALSHA with keys of one slot. Replies keep their bytes: no text where Redis sent a string. */
  evalsha(sha: string, keys: readonly string[], args: readonly RedisArgument[]): Promise<unknown>;
  /** EVAL with keys of one slot. */
  eval(source: string, keys: readonly string[], args: readonly RedisArgument[]): Promise<unknown>;
  /** Every server that records are written to: one, or the masters of a cluster. Always in the same order. */
  masters(): Promise<readonly RedisNode[]>;
  /** Opens a connection of its own and listens there, over reconnects. */
  subscribe(channel: string, listener: (message: string) => void): Subscription;
}

/** One server. */
export interface RedisNode {
  /** Address in a cluster; `''` where there is one server only. */
  readonly name: string;
  /** Sends a command that has no keys; the client puts nothing before its arguments. Strings may come as bytes. */
  call(...command: string[]): Promise<unknown>;
}

/** The nodes in the order of their names. */
export const inOrder = (nodes: readonly RedisNode[]): readonly RedisNode[] =>
  [...nodes].sort((a, b) => (a.name < b.name ? -1 : 1));

/** A connection that listens to one channel. */
export interface Subscription {
  /** Resolves when messages arrive from now on. */
  readonly listening: Promise<void>;
  /** Ends the connection; never rejects. May be called at any time. */
  close(): Promise<void>;
}
