import { Readable } from 'node:stream';
import {
  BadGatewayException,
  Catch,
  ConflictException,
  HttpCode,
  HttpException,
  InternalServerErrorException,
  StreamableFile,
  UnprocessableEntityException,
  UseFilters,
  type ArgumentsHost,
} from '@nestjs/common';
import { IdempotencyException } from 'nestjs-idempotency';
import { concat, of, throwError } from 'rxjs';
import { PLATFORMS } from '../support/create-app.js';
import { until } from '../support/fault-gate.js';
import { Till, type TillOptions, type TillRun } from './guarantees.till.js';

const raise = (error: unknown): never => {
  throw error;
};

/** An answer that breaks off. */
const broken = (parts: number) =>
  new StreamableFile(
    Readable.from(
      (async function* () {
        for (let i = 0; i < parts; i++) yield 'x'.repeat(100_000);
        throw new Error('the disk is gone');
      })(),
    ),
  );

/** Answers every error of the application with one status. */
function answering(status: number) {
  @Catch()
  class Filter {
    catch(error: unknown, host: ArgumentsHost) {
      const response = host
        .switchToHttp()
        .getResponse<{ status(status: number): { send(body: unknown): void } }>();
      if (error instanceof IdempotencyException) response.status(error.getStatus()).send(error.getResponse());
      else response.status(status).send({ mapped: status });
    }
  }
  return UseFilters(new Filter());
}

describe.each(PLATFORMS)('an attempt under at-most-once on %s', (platform) => {
  let till: Till;
  const open = async (work?: (run: TillRun) => unknown, options: TillOptions = {}) => {
    till = await Till.open(platform, { ...options, route: { guarantee: 'at-most-once', ...options.route } });
    // The retry would do better, if it were let.
    if (work) till.work = (run) => (run.run === 1 ? work(run) : { run: run.run });
  };
  afterEach(() => till.close());

  const UNCERTAIN = { status: 409, code: 'IDEMPOTENCY_UNCERTAIN' };

  it.each([
    ['a value', () => ({ ok: true }), 201],
    ['an Observable', () => of({ ok: true }), 201],
    ['an HttpException of 409', () => raise(new ConflictException('sold out')), 409],
    ['an HttpException of 422', () => raise(new UnprocessableEntityException()), 422],
  ])('that ends with %s is recorded', async (_, work, status) => {
    await open(work);
    const first = await till.pay('k');
    const retry = await till.pay('k');
    expect([first.status, retry.status, retry.replayed]).toEqual([status, status, true]);
    expect(retry.bytes).toEqual(first.bytes);
    expect(till.runs).toHaveLength(1);
    expect(till.outcomes).toEqual(['recorded', 'replayed']);
  });

  it.each([401, 403, 408, 425, 429])('[B42] that the handler ends with %d frees its key', async (status) => {
    await open(() => raise(new HttpException('not now', status)));
    expect((await till.pay('k')).status).toBe(status);
    const retry = await till.pay('k');
    expect([retry.status, retry.json]).toEqual([201, { run: 2 }]);
    expect(till.outcomes).toEqual(['released', 'recorded']);
  });

  it.each([
    ['an HttpException of 500', () => raise(new InternalServerErrorException())],
    ['an HttpException of 502', () => Promise.reject(new BadGatewayException())],
    ['an unknown error', () => raise(new Error('ECONNRESET'))],
    ['an unknown error, later', () => Promise.reject(new Error('ECONNRESET'))],
    ['null', () => raise(null)],
    ['a string', () => Promise.reject('broken')],
    ['an Observable that fails', () => throwError(() => new Error('ECONNRESET'))],
    [
      'an Observable that fails after a value',
      () =>
        concat(
          of(1),
          throwError(() => new Error('late')),
        ),
    ],
  ])('that ends with %s leaves its key uncertain', async (_, work) => {
    await open(work);
    expect((await till.pay('k')).status).toBeGreaterThanOrEqual(500);
    for (let retries = 0; retries < 3; retries++) {
      const retry = await till.pay('k');
      expect({ status: retry.status, code: retry.json.code }).toEqual(UNCERTAIN);
      expect(retry.json.reference).toBe(till.reference);
    }
    expect(till.runs).toHaveLength(1);
    expect(till.outcomes).toEqual(['left-uncertain', 'uncertain', 'uncertain', 'uncertain']);
  });

  it.each([
    ['before it begins', 0],
    ['in the middle', 3],
  ])('whose stream breaks %s leaves its key uncertain', async (_, parts) => {
    await open(() => broken(parts));
    await till.payOrBreak('k');
    await until(() => till.outcomes.length > 0);
    const retry = await till.pay('k');
    expect({ status: retry.status, code: retry.json.code }).toEqual(UNCERTAIN);
    expect(till.runs).toHaveLength(1);
    expect(till.outcomes).toEqual(['left-uncertain', 'uncertain']);
  });

  it('[B41] whose error a filter answers with 409 is recorded as that', async () => {
    await open(() => raise(new Error('duplicate order')), { decorators: [answering(409)] });
    const first = await till.pay('k');
    const retry = await till.pay('k');
    expect([first.status, retry.status, retry.replayed]).toEqual([409, 409, true]);
    expect(retry.bytes).toEqual(first.bytes);
    expect(till.runs).toHaveLength(1);
  });

  it.each([
    [408, 'an unknown error', () => raise(new Error('the provider did not answer in time'))],
    [429, 'an unknown error', () => raise(new Error('the provider did not answer in time'))],
    [429, 'an HttpException of 502', () => raise(new BadGatewayException())],
  ])('leaves its key uncertain though a filter answers %d for %s', async (status, _, work) => {
    await open(work, { decorators: [answering(status)] });
    expect((await till.pay('k')).status).toBe(status);
    const retry = await till.pay('k');
    expect({ status: retry.status, code: retry.json.code }).toEqual(UNCERTAIN);
    expect(till.runs).toHaveLength(1);
  });

  it('whose 4xx a filter answers with 500 frees its key, as the handler said', async () => {
    await open(() => raise(new ConflictException()), { decorators: [answering(500)] });
    expect((await till.pay('k')).status).toBe(500);
    expect((await till.pay('k')).status).toBe(201);
  });

  it('that says 429 without an error frees its key', async () => {
    await open(() => ({ wait: true }), { decorators: [HttpCode(429)] });
    expect((await till.pay('k')).status).toBe(429);
    expect((await till.pay('k')).replayed).toBe(false);
    expect(till.outcomes).toEqual(['released', 'released']);
  });

  it('that says 500 without an error leaves its key uncertain', async () => {
    await open(() => ({ sorry: true }), { decorators: [HttpCode(500)] });
    expect((await till.pay('k')).status).toBe(500);
    expect((await till.pay('k')).json.code).toBe('IDEMPOTENCY_UNCERTAIN');
    expect(till.runs).toHaveLength(1);
  });

  it('that says notApplied() before it throws frees its key', async () => {
    await open(({ notApplied }) => {
      notApplied();
      throw new Error('could not connect');
    });
    expect((await till.pay('k')).status).toBe(500);
    expect((await till.pay('k')).json).toEqual({ run: 2 });
    expect(till.outcomes).toEqual(['released', 'recorded']);
  });

  it('that says notApplied() and then ends well is recorded', async () => {
    await open(({ notApplied }) => (notApplied(), { ok: true }));
    await till.pay('k');
    expect((await till.pay('k')).replayed).toBe(true);
    expect(till.runs).toHaveLength(1);
  });

  it("[B42] whose 4xx the rule 'success' does not record frees its key", async () => {
    await open(() => raise(new ConflictException()), { route: { record: 'success' } });
    expect((await till.pay('k')).status).toBe(409);
    expect((await till.pay('k')).json).toEqual({ run: 2 });
  });

  it('[B42] whose 2xx a rule does not record is not run again', async () => {
    await open(() => ({ ok: true }), { route: { record: () => false } });
    expect((await till.pay('k')).status).toBe(201);
    const retry = await till.pay('k');
    expect([retry.status, retry.json.code]).toEqual([409, 'IDEMPOTENCY_RESPONSE_NOT_KEPT']);
    expect(till.runs).toHaveLength(1);
    expect(till.outcomes).toEqual(['recorded', 'not-kept']);
  });

  it('[B42] whose 500 a rule records is replayed', async () => {
    await open(() => raise(new InternalServerErrorException()), { route: { record: () => true } });
    expect((await till.pay('k')).status).toBe(500);
    const retry = await till.pay('k');
    expect([retry.status, retry.replayed]).toEqual([500, true]);
    expect(till.runs).toHaveLength(1);
  });
});
