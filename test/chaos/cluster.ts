import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { startRedis, type RedisServer } from '../support/redis-server.mjs';
import { TcpProxy } from '../support/tcp-proxy.js';
import type { Platform, ServerSettings } from './chaos-protocol.js';
import { ChaosServer } from './chaos-server.js';

export interface ClusterSettings extends Pick<ServerSettings, 'guarantee' | 'lease' | 'storeTimeout'> {
  readonly servers: number;
  /** `mixed`: one server each, in turn. */
  readonly platform: Platform | 'mixed';
  /** Path of the bundled `chaos-app`. */
  readonly app: string;
}

// Nothing that Redis has acknowledged is lost when it is killed.
const DURABLE = ['--appendonly', 'yes', '--appendfsync', 'always'];

/** A Redis, some servers, and a network of its own between each of them and Redis. */
export class Cluster {
  private constructor(
    private readonly home: string,
    private redis: RedisServer,
    /** Goes to Redis past the networks. */
    readonly admin: Redis,
    readonly networks: readonly TcpProxy[],
    readonly servers: readonly ChaosServer[],
  ) {}

  /** The file to which the servers write. */
  get journal(): string {
    return join(this.home, 'journal');
  }

  static async start(settings: ClusterSettings): Promise<Cluster> {
    const { servers: count, platform, app, guarantee, lease, storeTimeout } = settings;
    const home = mkdtempSync(join(tmpdir(), 'idempotency-chaos-'));
    const redis = await startRedis({ dir: home, args: DURABLE });
    const admin = new Redis(redis.port, { retryStrategy: () => 20, maxRetriesPerRequest: null });
    admin.on('error', () => undefined);
    const networks = await Promise.all(Array.from({ length: count }, () => TcpProxy.start(redis.port)));
    const servers = networks.map((network, index) => {
      const name = `server ${index}`;
      const own = platform === 'mixed' ? (['express', 'fastify'] as const)[index % 2]! : platform;
      const redisPort = network.port;
      const journal = join(home, 'journal');
      return new ChaosServer(
        { name, platform: own, guarantee, lease, storeTimeout, redisPort, prefix: 'chaos:', journal },
        app,
      );
    });
    const cluster = new Cluster(home, redis, admin, networks, servers);
    try {
      await Promise.all(servers.map((server) => server.start()));
    } catch (error) {
      await cluster.stop();
      throw error;
    }
    return cluster;
  }

  /** Kills Redis, and starts it again, with its files, after the wait. */
  async restartRedis(wait: () => Promise<unknown>): Promise<void> {
    const { port } = this.redis;
    await this.redis.stop();
    await wait();
    this.redis = await startRedis({ port, dir: this.home, args: DURABLE });
  }

  async stop(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.kill()));
    this.admin.disconnect();
    await Promise.all(this.networks.map((network) => network.close()));
    await this.redis.stop();
    rmSync(this.home, { recursive: true, force: true });
  }
}
