import type { AbstractHttpAdapter } from '@nestjs/core';
import { IdempotencyConfigurationError } from '../../errors/idempotency-configuration.error.js';
import { ExpressPlatform } from './express.platform.js';
import { FastifyPlatform } from './fastify.platform.js';
import type { HttpPlatform } from './http-platform.js';

/** @throws IdempotencyConfigurationError for an adapter whose responses cannot be captured. */
export function platformOf(adapter: AbstractHttpAdapter): HttpPlatform {
  const type = adapter.getType();
  switch (type) {
    case 'express':
      return new ExpressPlatform(adapter);
    case 'fastify':
      return new FastifyPlatform(adapter);
    default:
      throw new IdempotencyConfigurationError([
        `The HTTP adapter "${type}" is not supported: its responses cannot be recorded. Use @nestjs/platform-express or @nestjs/platform-fastify.`,
      ]);
  }
}
