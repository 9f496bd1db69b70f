// Pays out through a bank that cannot be asked to do so only once. For uncertain.mjs; has no login, so that it fits on a page.
import 'reflect-metadata';
import {
  Body,
  Controller,
  Get,
  HttpCode,
  Injectable,
  Module,
  Param,
  Post,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Redis } from 'ioredis';
import { IdempotencyContext, IdempotencyModule, IdempotencyService, Idempotent } from 'nestjs-idempotency';
import { RedisStore } from 'nestjs-idempotency/redis';

const { BANK_URL = '', REDIS_URL = '', IDEMPOTENCY_LEASE_MS = '30000', PORT = '3000' } = process.env;

@Injectable()
class RedisConnection implements OnApplicationShutdown {
  readonly client = new Redis(REDIS_URL);

  async onApplicationShutdown() {
    await this.client.quit();
  }
}

@Controller('payouts')
class PayoutsController {
  constructor(private readonly idempotency: IdempotencyContext) {}

  @Post()
  @Idempotent({ guarantee: 'at-most-once' })
  async payOut(@Body() { amount }: { amount: number }) {
    // The bank keeps the reference with the transfer: so it can be asked about it.
    const { reference } = this.idempotency;
    const body = JSON.stringify({ amount, reference });
    const response = await fetch(BANK_URL, { method: 'POST', body });
    const { id } = (await response.json()) as { id: string };
    return { id, amount };
  }
}

/** For operators. In a real application there is a guard before it: see docs/operations.md. */
@Controller('operations')
class OperationsController {
  constructor(private readonly idempotency: IdempotencyService) {}

  @Get('uncertain')
  async uncertain() {
    const records = [];
    let cursor: string | undefined;
    do {
      const page = await this.idempotency.list({ states: ['uncertain'], ...(cursor && { cursor }) });
      records.push(...page.records);
      cursor = page.next;
    } while (cursor);
    return records;
  }

  @Post(':reference/completed')
  @HttpCode(200)
  completed(@Param('reference') reference: string, @Body() { body, why }: { body: unknown; why: string }) {
    const response = { status: 201, body };
    return this.idempotency.resolve(reference, { as: 'completed', response, by: 'operator', why });
  }
}

@Module({ providers: [RedisConnection], exports: [RedisConnection] })
class RedisModule {}

@Module({
  imports: [
    IdempotencyModule.forRootAsync({
      imports: [RedisModule],
      inject: [RedisConnection],
      useFactory: ({ client }: RedisConnection) => ({
        store: new RedisStore({ client, prefix: 'payouts:idempotency:' }),
        lease: Number(IDEMPOTENCY_LEASE_MS),
      }),
    }),
  ],
  controllers: [PayoutsController, OperationsController],
})
class PayoutsModule {}

const app = await NestFactory.create(PayoutsModule);
app.enableShutdownHooks();
await app.listen(PORT);
console.log(`Listens on ${(await app.getUrl()).replace('[::1]', 'localhost')}`);
