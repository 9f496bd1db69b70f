import {
  BadRequestException,
  ForbiddenException,
  InternalServerErrorException,
  RequestTimeoutException,
  UseGuards,
  UseInterceptors,
  UsePipes,
  type CallHandler,
} from '@nestjs/common';
import { catchError, map, throwError, timeout } from 'rxjs';
import { PLATFORMS } from '../support/create-app.js';
import { Gate, until } from '../support/fault-gate.js';
import { Till, type TillOptions } from './guarantees.till.js';

/** Loses patience with a handler at once. */
const impatient = UseInterceptors({
  intercept: (_context: unknown, next: CallHandler) =>
    next.handle().pipe(
      timeout(20),
      catchError(() => throwError(() => new RequestTimeoutException())),
    ),
});

/** Rejects the first of what comes. */
function firstRejected(with_: () => Error): () => unknown {
  let calls = 0;
  return () => {
    if (++calls === 1) throw with_();
  };
}

describe.each(PLATFORMS)('under at-most-once on %s', (platform) => {
  let till: Till;
  const open = async (options: TillOptions = {}) => {
    till = await Till.open(platform, { ...options, route: { guarantee: 'at-most-once' } });
  };
  /** Holds the first run until the gate is opened; then it ends like this. */
  const hold = (end: () => unknown = () => ({ ok: true })) => {
    const gate = new Gate();
    till.work = async ({ run }) => {
      if (run > 1) return { run };
      await gate.pass();
      return end();
    };
    return gate;
  };
  const fail = () => {
    throw new InternalServerErrorException();
  };
  afterEach(() => till.close());

  it("[B43] a pipe's rejection frees the key", async () => {
    const reject = firstRejected(() => new BadRequestException());
    await open({ decorators: [UsePipes({ transform: (value: unknown) => (reject(), value) })] });
    expect((await till.pay('k')).status).toBe(400);
    expect((await till.pay('k', { json: { amount: 2 } })).status).toBe(201);
    expect(till.runs).toHaveLength(1);
    expect(till.outcomes).toEqual(['released', 'recorded']);
  });

  it("[B43] a pipe's 500 frees the key: the handler was not entered", async () => {
    const reject = firstRejected(() => new InternalServerErrorException());
    await open({ decorators: [UsePipes({ transform: (value: unknown) => (reject(), value) })] });
    expect((await till.pay('k')).status).toBe(500);
    expect((await till.pay('k')).status).toBe(201);
    expect(till.outcomes).toEqual(['released', 'recorded']);
  });

  it("[B44] a guard's rejection leaves nothing", async () => {
    const reject = firstRejected(() => new ForbiddenException());
    await open({ decorators: [UseGuards({ canActivate: () => (reject(), true) })] });
    expect((await till.pay('k')).status).toBe(403);
    expect((await till.pay('k')).status).toBe(201);
    expect(till.outcomes).toEqual(['recorded']);
  });

  it("an interceptor's error before the handler frees the key", async () => {
    const reject = firstRejected(() => new Error('no quota service'));
    const check = { intercept: (_: unknown, next: CallHandler) => (reject(), next.handle()) };
    await open({ decorators: [UseInterceptors(check)] });
    expect((await till.pay('k')).status).toBe(500);
    expect((await till.pay('k')).status).toBe(201);
    expect(till.runs).toHaveLength(1);
  });

  it("an interceptor's error after the handler does not: it is done", async () => {
    const spoil = {
      intercept: (_: unknown, next: CallHandler) =>
        next.handle().pipe(
          map(() => {
            throw new Error('cannot be serialised');
          }),
        ),
    };
    await open({ decorators: [UseInterceptors(spoil)] });
    expect((await till.pay('k')).status).toBe(500);
    expect((await till.pay('k')).json.code).toBe('IDEMPOTENCY_RESPONSE_NOT_KEPT');
    expect(till.runs).toHaveLength(1);
  });

  it('[B38] a handler that somebody lost patience with finishes, and is recorded', async () => {
    await open({ decorators: [impatient] });
    const gate = hold();
    expect((await till.pay('k')).status).toBe(408);
    expect((await till.pay('k')).json.code).toBe('IDEMPOTENCY_IN_PROGRESS');
    gate.open();
    await until(() => till.outcomes.includes('recorded'));
    const retry = await till.pay('k');
    expect([retry.status, retry.json, retry.replayed]).toEqual([201, { ok: true }, true]);
    expect(till.runs).toHaveLength(1);
  });

  it('[B38] a handler that somebody lost patience with, and that fails then, leaves its key uncertain', async () => {
    await open({ decorators: [impatient] });
    const gate = hold(fail);
    expect((await till.pay('k')).status).toBe(408);
    gate.open();
    await until(() => till.outcomes.includes('left-uncertain'));
    expect((await till.pay('k')).json.code).toBe('IDEMPOTENCY_UNCERTAIN');
    expect(till.runs).toHaveLength(1);
  });

  it('[B38] a handler whose client leaves finishes, and is recorded', async () => {
    await open();
    const gate = hold();
    const client = till.payAndLeave('k');
    await gate.reached;
    client.leave();
    gate.open();
    await until(() => till.outcomes.includes('recorded'));
    expect((await till.pay('k')).replayed).toBe(true);
    expect(till.runs).toHaveLength(1);
  });

  it('[B38] a handler whose client leaves, and that fails then, leaves its key uncertain', async () => {
    await open();
    const gate = hold(fail);
    const client = till.payAndLeave('k');
    await gate.reached;
    client.leave();
    gate.open();
    await until(() => till.outcomes.includes('left-uncertain'));
    expect((await till.pay('k')).json.code).toBe('IDEMPOTENCY_UNCERTAIN');
    expect(till.runs).toHaveLength(1);
  });
});
