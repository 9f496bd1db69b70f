import { IdempotencyConfigurationError } from '../../errors/idempotency-configuration.error.js';
import { checkNames } from '../../errors/unknown-names.js';
import { checkPurgeInterval } from '../sql/purge-timer.js';
import type { CreateListener } from './listening-client.js';
import type { PostgresClient, PostgresJsClient } from './postgres-client.js';
import type { PostgresTableOptions } from './postgres-migrations.js';

/** Options of a `PostgresStore`. */
export interface PostgresStoreOptions extends PostgresTableOptions {
  /**
   * A Pool of `pg`, what the package `postgres` makes, or a PGlite. A statement of the store needs a connection for its own time only, and nothing of a session:
   * a pool of one will do, and so does a pooler in transaction mode. The store never closes it. Not a single `pg`
   * Client: the store's statements would be part of whatever transaction is open on it.
   */
  readonly client: PostgresClient | PostgresJsClient;
  /**
   * How waiting requests are woken: by `LISTEN`, on one more connection per process, opened while somebody waits. Give a
   * function that makes a `pg` Client (which the store connects and ends) where the pool leads to a pooler in transaction
   * mode, which lets nobody listen; or `false`, and waiting requests ask again now and then.
   * @default a connection with the options of the `pg` Pool, outside of it; `listen()` of a client that has it; else `false`
   */
  readonly listen?: false | CreateListener;
  /**
   * ms between two rounds in which what is over is removed; `false` for none: call `purge()` now and then.
   * @default 600_000
   */
  readonly purgeInterval?: number | false;
  /** Migrate when the application starts. For development: in production, a deployment does it. @default false */
  readonly migrate?: boolean;
}

const NAMES = ['client', 'schema', 'table', 'listen', 'purgeInterval', 'migrate'];

/** @throws IdempotencyConfigurationError with a sentence for each option that is not usable */
export function checkPostgresOptions(options: PostgresStoreOptions): void {
  if (typeof options !== 'object' || options === null || !Object.hasOwn(options, 'client')) {
    throw new IdempotencyConfigurationError([
      'PostgresStore takes an object with a client: new PostgresStore({ client: new Pool() }).',
    ]);
  }
  checkNames('PostgresStore', options, NAMES);
  const { listen, migrate, purgeInterval } = options;
  const problems = checkPurgeInterval('PostgresStore', purgeInterval);
  if (listen !== undefined && listen !== false && typeof listen !== 'function') {
    problems.push('PostgresStore: `listen` must be false, or a function that makes a client.');
  }
  if (migrate !== undefined && typeof migrate !== 'boolean') {
    problems.push('PostgresStore: `migrate` must be true or false.');
  }
  if (problems.length > 0) throw new IdempotencyConfigurationError(problems);
}
