import {
  BadRequestException,
  Body,
  ConflictException,
  Controller,
  Delete,
  Get,
  HttpCode,
  Injectable,
  ParseIntPipe,
  Post,
  Put,
  Redirect,
  Res,
  StreamableFile,
} from '@nestjs/common';
import { Idempotent, IdempotencyContext, IdempotencyService } from 'nestjs-idempotency';
import { from } from 'rxjs';

/** What the handlers did; counted by route. */
export const runs: Record<string, number> = {};

function count(route: string): number {
  return (runs[route] = (runs[route] ?? 0) + 1);
}

/** Resolved from outside, for a handler that takes its time. */
export const gate: { entered?: () => void; open: Promise<unknown> } = { open: Promise.resolve() };

@Injectable()
export class Ledger {
  constructor(private readonly idempotency: IdempotencyContext) {}

  entry(): { key: string | undefined; attempt: number | undefined } {
    return { key: this.idempotency.key, attempt: this.idempotency.attempt };
  }
}

@Controller('orders')
export class OrdersController {
  constructor(
    private readonly ledger: Ledger,
    private readonly idempotency: IdempotencyService,
  ) {}

  @Post()
  @Idempotent()
  create(@Body() order: { sku: string }) {
    return { id: count('object'), ...order, ledger: this.ledger.entry() };
  }

  @Idempotent()
  @Post('text')
  text() {
    return `order ${count('text')}`;
  }

  @Post('file')
  @Idempotent()
  file() {
    return new StreamableFile(Buffer.from([0, 255, count('file')]), { type: 'application/pdf' });
  }

  @Delete('one')
  @HttpCode(204)
  @Idempotent()
  remove() {
    count('nothing');
  }

  @Post('own')
  @Idempotent()
  own(@Res() response: { status(code: number): { send(body: unknown): unknown } }) {
    response.status(203).send({ own: count('own') });
  }

  @Post('observable')
  @Idempotent()
  observable() {
    return from([{ id: 0 }, { id: count('observable') }]);
  }

  @Post('redirect')
  @Redirect('/orders/1', 303)
  @Idempotent()
  redirect() {
    return { url: `/orders/${count('redirect')}`, statusCode: 303 };
  }

  @Post('refused')
  @Idempotent()
  refuse() {
    throw new ConflictException({ reason: 'sold out', run: count('refused') });
  }

  @Post('broken')
  @Idempotent()
  fail() {
    if (count('broken') === 1) throw new Error('the first attempt fails');
    return { fine: true };
  }

  @Put('checked')
  @Idempotent()
  checked(@Body('quantity', ParseIntPipe) quantity: number) {
    if (quantity < 0) throw new BadRequestException();
    return { quantity, run: count('checked') };
  }

  @Post('slow')
  @Idempotent()
  async slow() {
    const run = count('slow');
    gate.entered?.();
    await gate.open;
    return { run };
  }

  @Post('job')
  @HttpCode(200)
  job() {
    return this.idempotency.run('job-1', () => ({ run: count('job') }), { operation: 'nightly' });
  }
}

@Controller('parcels')
@Idempotent({ ttl: 60_000 })
export class ParcelsController {
  @Get()
  list() {
    return { run: count('list') };
  }

  @Post()
  @HttpCode(202)
  send() {
    return { run: count('parcel') };
  }
}
