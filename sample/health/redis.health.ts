import { Injectable } from '@nestjs/common';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import { RedisConnection } from '../storage/redis.connection.js';

@Injectable()
export class RedisHealth {
  constructor(
    private readonly indicators: HealthIndicatorService,
    private readonly redis: RedisConnection,
  ) {}

  async check(): Promise<HealthIndicatorResult> {
    return this.indicators
      .check('redis')
      .attempt(async () => void (await this.redis.client?.ping()))
      .withTimeout(1_000);
  }
}
