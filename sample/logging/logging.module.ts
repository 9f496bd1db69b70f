import { Global, Module, type MiddlewareConsumer, type NestModule } from '@nestjs/common';
import { AccessLogMiddleware } from './access-log.middleware.js';
import { RequestOutcomes } from './request-outcomes.js';

@Global()
@Module({ providers: [RequestOutcomes], exports: [RequestOutcomes] })
export class LoggingModule implements NestModule {
  configure(consumer: MiddlewareConsumer): void {
    consumer.apply(AccessLogMiddleware).forRoutes('{*path}');
  }
}
