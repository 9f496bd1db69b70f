import { IdempotencyConfigurationError } from '../../../errors/idempotency-configuration.error.js';
import { IoredisDriver } from './ioredis.js';
import { NodeRedis4Driver } from './node-redis-4.js';
import { NodeRedisDriver } from './node-redis.js';
import type { IoredisClient, NodeRedis4Client, NodeRedisClient } from './redis-client.js';
import type { RedisDriver } from './redis-driver.js';

/** The driver for `client`, told by what it can do: names of classes differ between versions and builds. */
export function findDriver(client: unknown): RedisDriver | undefined {
  if (can(client, 'withTypeMapping', 'evalSha', 'subscribe')) {
    return new NodeRedisDriver(client as NodeRedisClient);
  }
  if (can(client, 'evalshaBuffer', 'evalBuffer', 'duplicate'))
    return new IoredisDriver(client as IoredisClient);
  if (can(client, 'sendCommand', 'evalSha', 'duplicate', 'subscribe') && !isLegacy(client)) {
    return new NodeRedis4Driver(client as NodeRedis4Client);
  }
  return undefined;
}

/**
 * The driver for the `client` of a `RedisStore`.
 *
 * @throws IdempotencyConfigurationError when it is none that the store can drive
 */
export function driverFor(client: unknown): RedisDriver {
  const driver = findDriver(client);
  if (driver) return driver;
  throw new IdempotencyConfigurationError([
    `RedisStore: \`client\` is ${whatIs(client)}, ${objection(client)}`,
  ]);
}

function objection(client: unknown): string {
  if (can(client, 'then')) return 'which is not a client yet: `await` it first.';
  if (can(client, 'withTypeMapping', 'execute')) {
    return 'which cannot subscribe: pass a client from createClient(), createCluster() or createSentinel().';
  }
  if (isLegacy(client))
    return 'in legacy mode, where commands give no promises: create one without `legacyMode`.';
  if (can(client, 'get', 'set', 'del')) {
    return (
      'which cannot run scripts and give their replies as bytes. ' +
      SUPPORTED +
      ' For a cache, use CacheManagerStore.'
    );
  }
  return `which is no Redis client. ${SUPPORTED}`;
}

const SUPPORTED = 'Pass a client of ioredis 5 or 6, iovalkey, or node-redis (`redis`) 4, 5 or 6.';

function isLegacy(client: unknown): boolean {
  return (client as { options?: { legacyMode?: unknown } } | null | undefined)?.options?.legacyMode === true;
}

function can(value: unknown, ...methods: readonly string[]): boolean {
  return (
    ((typeof value === 'object' && value !== null) || typeof value === 'function') &&
    methods.every((method) => typeof (value as Record<string, unknown>)[method] === 'function')
  );
}

/** What something is, for messages; never what is in it. */
export function whatIs(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value !== 'object') return `a ${typeof value}`;
  const name: unknown = (value as { constructor?: { name?: unknown } }).constructor?.name;
  return typeof name === 'string' && name !== '' && name !== 'Object'
    ? `an instance of ${name}`
    : 'an object';
}
