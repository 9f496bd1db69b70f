import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { Redis } from 'ioredis';
import { shopConfig, type ShopConfig } from '../config/shop.config.js';

/** The shop's one connection to Redis, if it has a Redis. Who opens it closes it: here. */
@Injectable()
export class RedisConnection implements OnApplicationShutdown {
  readonly client?: Redis;
  private readonly logger = new Logger(RedisConnection.name);

  constructor(@Inject(shopConfig.KEY) config: ShopConfig) {
    if (!config.redisUrl) return;
    // A request would rather fail after a second than wait ten for a Redis that is down.
    this.client = new Redis(config.redisUrl, { maxRetriesPerRequest: 1 });
    this.client.on('error', (error: Error) => this.logger.warn(`Redis: ${error.message}`));
  }

  /** The last hook: requests in flight are answered and recorded by now. */
  async onApplicationShutdown(): Promise<void> {
    await this.client?.quit().catch(() => this.client?.disconnect());
  }
}
