import {
  Inject,
  Logger,
  Module,
  type MiddlewareConsumer,
  type NestInterceptor,
  type NestModule,
} from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { shopConfig, type ShopConfig } from '../config/shop.config.js';
import { DemoFaultsInterceptor } from './demo-faults.interceptor.js';
import { DroppedAnswerMiddleware } from './dropped-answer.middleware.js';

const nothing: NestInterceptor = { intercept: (_, next) => next.handle() };

/** With `DEMO_FAULTS=1`, the header `X-Demo-Fault` plays a bad network and a mortal process; else it means nothing. */
@Module({
  providers: [
    {
      provide: APP_INTERCEPTOR,
      inject: [shopConfig.KEY],
      useFactory: ({ demoFaults }: ShopConfig) => (demoFaults ? new DemoFaultsInterceptor() : nothing),
    },
  ],
})
export class DemoFaultsModule implements NestModule {
  constructor(@Inject(shopConfig.KEY) private readonly config: ShopConfig) {}

  configure(consumer: MiddlewareConsumer): void {
    if (!this.config.demoFaults) return;
    consumer.apply(DroppedAnswerMiddleware).forRoutes('{*path}');
    new Logger('DemoFaults').warn('DEMO_FAULTS=1: any caller can stop this process. Not for production.');
  }
}
