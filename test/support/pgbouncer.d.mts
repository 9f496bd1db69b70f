export interface Pgbouncer {
  /** Of the database behind it, through it. */
  readonly url: string;
  stop(): Promise<void>;
}

export function findPgbouncer(): string | undefined;
export function startPgbouncer(options: { url: string; poolSize?: number }): Promise<Pgbouncer>;
