import { Injectable } from '@nestjs/common';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import { PostgresConnection } from '../storage/postgres.connection.js';

@Injectable()
export class PostgresHealth {
  constructor(
    private readonly indicators: HealthIndicatorService,
    private readonly postgres: PostgresConnection,
  ) {}

  /** On the library's pool: handlers that hold all other connections are no illness. */
  async check(): Promise<HealthIndicatorResult> {
    return this.indicators
      .check('postgres')
      .attempt(async () => void (await this.postgres.idempotency?.query('SELECT 1')))
      .withTimeout(1_000);
  }
}
