import { Module, ValidationPipe } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { APP_FILTER, APP_PIPE } from '@nestjs/core';
import { IdempotencyModule } from 'nestjs-idempotency';
import { AuthModule } from './auth/auth.module.js';
import { CatalogModule } from './catalog/catalog.module.js';
import { shopConfig } from './config/shop.config.js';
import { DemoFaultsModule } from './demo-faults/demo-faults.module.js';
import { ProblemDetailsFilter } from './errors/problem-details.filter.js';
import { HealthModule } from './health/health.module.js';
import { ShopIdempotencyOptions } from './idempotency/shop-idempotency.options.js';
import { InvoicesModule } from './invoices/invoices.module.js';
import { LoggingModule } from './logging/logging.module.js';
import { OrdersModule } from './orders/orders.module.js';
import { PaymentsModule } from './payments/payments.module.js';
import { SecretsModule } from './secrets/secrets.module.js';
import { ShopCacheModule } from './storage/shop-cache.module.js';
import { StorageModule } from './storage/storage.module.js';

@Module({
  imports: [
    ConfigModule.forRoot({ isGlobal: true, load: [shopConfig] }),
    LoggingModule,
    StorageModule,
    ShopCacheModule,
    SecretsModule,
    IdempotencyModule.forRootAsync({ useClass: ShopIdempotencyOptions }),
    AuthModule,
    HealthModule,
    CatalogModule,
    OrdersModule,
    PaymentsModule,
    InvoicesModule,
    DemoFaultsModule,
  ],
  providers: [
    {
      provide: APP_PIPE,
      useValue: new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true, transform: true }),
    },
    { provide: APP_FILTER, useClass: ProblemDetailsFilter },
  ],
})
export class AppModule {}
