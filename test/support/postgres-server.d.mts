export interface PostgresServer {
  readonly port: number;
  readonly url: string;
  /** Starts it again, on the same data and port, after `halt`. */
  start(): Promise<void>;
  halt(signal?: NodeJS.Signals): Promise<void>;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

export function findPostgres(): string | undefined;
export function startPostgres(options?: { args?: string[] }): Promise<PostgresServer>;
