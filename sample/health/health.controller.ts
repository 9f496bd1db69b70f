import { Controller, Get, Inject } from '@nestjs/common';
import { HealthCheck, HealthCheckService, type HealthCheckResult } from '@nestjs/terminus';
import { Public } from '../auth/public.decorator.js';
import { shopConfig, type ShopConfig } from '../config/shop.config.js';
import { PostgresHealth } from './postgres.health.js';
import { RedisHealth } from './redis.health.js';

@Controller('health')
export class HealthController {
  constructor(
    @Inject(shopConfig.KEY) private readonly config: ShopConfig,
    private readonly health: HealthCheckService,
    private readonly redis: RedisHealth,
    private readonly postgres: PostgresHealth,
  ) {}

  @Get()
  @Public()
  @HealthCheck()
  check(): Promise<HealthCheckResult> {
    const { redisUrl, databaseUrl } = this.config;
    return this.health.check([
      ...(redisUrl ? [() => this.redis.check()] : []),
      ...(databaseUrl ? [() => this.postgres.check()] : []),
    ]);
  }
}
