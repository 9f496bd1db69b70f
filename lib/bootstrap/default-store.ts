import { logger } from '../idempotency.logger.js';
import type { IdempotencyStore } from '../store/idempotency-store.js';
import { MemoryStore } from '../store/memory/memory-store.js';

const FOR_ONE_PROCESS: readonly (string | undefined)[] = ['development', 'test'];

/** The embedded default. Outside development and tests it says what it is. */
export function defaultStore(): IdempotencyStore {
  if (!FOR_ONE_PROCESS.includes(process.env['NODE_ENV'])) {
    logger.warn(
      'No store is set, so records are kept in the memory of this process: they protect one process, until it ends. ' +
        'Set `store` in IdempotencyModule.forRoot(), for instance to new RedisStore({ client }); ' +
        'or to new MemoryStore() if one process is what you run.',
    );
  }
  return new MemoryStore();
}
