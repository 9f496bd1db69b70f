import { Controller, Get, Inject } from '@nestjs/common';
import { HealthCheck, HealthCheckService, type HealthCheckResult } from '@nestjs/terminus';
import { Public } from '../auth/public.decorator.js';
import { shopConfig, type ShopConfig } from '../config/shop.config.js';
import { RedisHealth } from './redis.health.js';

@Controller('health')
export class HealthController {
  constructor(
    @Inject(shopConfig.KEY) private readonly config: ShopConfig,
    private readonly health: HealthCheckService,
    private readonly redis: RedisHealth,
  ) {}

  @Get()
  @Public()
  @HealthCheck()
  check(): Promise<HealthCheckResult> {
    return this.health.check(this.config.redisUrl ? [() => this.redis.check()] : []);
  }
}
