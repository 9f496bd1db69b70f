import { jest } from '@jest/globals';
import { Redis } from 'ioredis';
import { IdempotencyErrorCode } from '../../lib/errors/error-codes.js';
import { CacheManagerStore } from '../../lib/store/cache-manager/index.js';
import { RedisStore } from '../../lib/store/redis/index.js';
import { cacheKinds } from '../support/redis-caches.js';
import { clientKinds, using } from '../support/redis-clients.js';
import { startRedisCluster } from '../support/redis-cluster.js';
import { freePort, startRedis, type RedisServer } from '../support/redis-server.mjs';

const evicting = (policy: string) => ['--maxmemory', '64mb', '--maxmemory-policy', policy];
const persisted = ['--appendonly', 'yes'];

describe('the start of a RedisStore whose Redis may forget', () => {
  let server: RedisServer | undefined;
  afterEach(async () => {
    await server?.stop();
    server = undefined;
  });

  /** What is said at the start, and what it was refused with. */
  async function start(args: string[], eviction?: 'warn' | 'refuse' | 'ignore', kind = clientKinds[0]!) {
    server = await startRedis({ args });
    const warnings: string[] = [];
    let refusal: unknown;
    await using(kind.server(server.port), async (client) => {
      const store = new RedisStore({ client, ...(eviction && { eviction }) });
      await store.start((warning) => warnings.push(warning)).catch((error: unknown) => (refusal = error));
    });
    return { warnings, refusal };
  }

  it.each([
    ['allkeys-lru', /policy allkeys-lru.* any record.*noeviction/],
    ['allkeys-random', /policy allkeys-random.* any record.*noeviction/],
    ['volatile-ttl', /policy volatile-ttl.*tombstones, though not what is uncertain.*noeviction/],
  ])('warns of %s', async (policy, message) => {
    const { warnings } = await start([...evicting(policy), ...persisted]);
    expect(warnings).toEqual([expect.stringMatching(message)]);
    expect(warnings[0]).not.toMatch(/disk/);
  });

  it.each(clientKinds)('is refused where that was asked for: $name', async (kind) => {
    const { warnings, refusal } = await start(evicting('allkeys-lru'), 'refuse', kind);
    expect(refusal).toMatchObject({
      code: IdempotencyErrorCode.CONFIGURATION,
      message: expect.stringMatching(/^RedisStore: .*Set maxmemory-policy noeviction\.$/) as string,
    });
    expect(warnings).toEqual([]);
  });

  it.each(clientKinds)(
    'warns when nothing is written to disk, also where eviction is refused: $name',
    async (kind) => {
      const { warnings, refusal } = await start([], 'refuse', kind);
      expect(warnings).toEqual([
        expect.stringMatching(/^RedisStore: Redis writes nothing to disk.*appendonly yes\.$/),
      ]);
      expect(refusal).toBeUndefined();
    },
  );

  it.each([
    ['it evicts nothing', ['--maxmemory', '64mb', '--maxmemory-policy', 'noeviction', ...persisted], 'warn'],
    ['its memory has no limit', ['--maxmemory-policy', 'allkeys-lru', ...persisted], 'refuse'],
    ['it writes snapshots', ['--save', '3600 1'], 'warn'],
    ['that does not matter', evicting('allkeys-lru'), 'ignore'],
    [
      'it does not tell',
      [...evicting('allkeys-lru'), '--rename-command', 'INFO', 'X', '--rename-command', 'CONFIG', 'Y'],
      'refuse',
    ],
  ] as const)('says nothing when %s', async (_name, args, eviction) => {
    expect(await start([...args], eviction)).toEqual({ warnings: [], refusal: undefined });
  });

  it('warns of both, one after the other', async () => {
    const { warnings } = await start(evicting('allkeys-lru'));
    expect(warnings).toEqual([expect.stringMatching(/allkeys-lru/), expect.stringMatching(/disk/)]);
  });

  it('does not guess about the disk when only CONFIG is forbidden', async () => {
    const { warnings } = await start([...evicting('allkeys-lru'), '--rename-command', 'CONFIG', 'Y']);
    expect(warnings).toEqual([expect.not.stringMatching(/disk/)]);
  });

  it('warns through the process when nobody else listens', async () => {
    server = await startRedis();
    const told = jest.spyOn(process, 'emitWarning').mockReturnValue();
    await using(clientKinds[0]!.server(server.port), (client) => new RedisStore({ client }).start());
    expect(told.mock.calls).toEqual([[expect.stringMatching(/writes nothing to disk/)]]);
    told.mockRestore();
  });

  it('is not held up by a server that is not there', async () => {
    const client = new Redis(await freePort());
    client.on('error', () => undefined);
    const warnings: string[] = [];
    await new RedisStore({ client, eviction: 'refuse' }).start((warning) => warnings.push(warning));
    expect(warnings).toEqual([]);
    client.disconnect();
  });

  it('does not connect a client that waits for its first command', async () => {
    const client = new Redis({ lazyConnect: true });
    await new RedisStore({ client }).start();
    expect(client.status).toBe('wait');
  });

  it('is refused when one master of a cluster evicts', async () => {
    const cluster = await startRedisCluster();
    const last = new Redis(cluster.ports.at(-1)!);
    await last.config('SET', 'maxmemory', '64mb');
    await last.config('SET', 'maxmemory-policy', 'allkeys-lfu');
    for (const kind of clientKinds) {
      await using(kind.cluster(cluster.ports[0]!), async (client) => {
        const starting = new RedisStore({ client, eviction: 'refuse' }).start(() => undefined);
        await expect(starting).rejects.toThrow(/allkeys-lfu/);
      });
    }
    last.disconnect();
    await cluster.stop();
  });

  it.each(cacheKinds)('is the same for the Redis inside a cache: $name', async ({ open }) => {
    server = await startRedis({ args: [...evicting('allkeys-lru'), ...persisted] });
    const { cache, close } = await open(server.port);
    const warnings: string[] = [];
    await new CacheManagerStore(cache).start((warning) => warnings.push(warning));
    expect(warnings).toEqual([expect.stringMatching(/^CacheManagerStore: .*allkeys-lru/)]);
    await expect(new CacheManagerStore(cache, { eviction: 'refuse' }).start()).rejects.toThrow(/allkeys-lru/);
    await close();
  });

  it('has three answers', () => {
    const make = () =>
      new RedisStore({ client: new Redis({ lazyConnect: true }), eviction: 'never' as 'warn' });
    expect(make).toThrow(/RedisStore: `eviction` must be 'warn', 'refuse' or 'ignore'/);
  });
});
