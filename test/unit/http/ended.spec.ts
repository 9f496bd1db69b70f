import { BadRequestException, HttpException, InternalServerErrorException } from '@nestjs/common';
import { IdempotencyException } from '../../../lib/errors/idempotency.exception.js';
import { endedBy, statusOf } from '../../../lib/http/ended.js';

describe('a handler that failed', () => {
  it.each([400, 401, 403, 404, 408, 409, 418, 422, 425, 429, 499])('with %d has done nothing', (status) => {
    expect(endedBy(status)).toBe('nothing');
  });

  it.each([undefined, 0, 100, 200, 302, 399, 500, 502, 503, 599, 600, NaN, -400, Infinity])(
    'with %p may have done anything',
    (status) => {
      expect(endedBy(status)).toBe('unknown');
    },
  );
});

describe('the status of an error', () => {
  it.each([
    [new BadRequestException(), 400],
    [new InternalServerErrorException(), 500],
    [new HttpException('teapot', 418), 418],
    // Of another copy of Nest: it is known by what it can do.
    [{ getStatus: () => 404 }, 404],
    [{ getStatus: () => '404' }, 404],
  ])('%p is what it says', (error, status) => {
    expect(statusOf(error)).toBe(status);
  });

  it('is asked of the error itself', () => {
    class Refused extends Error {
      private readonly status = 409;
      getStatus() {
        return this.status;
      }
    }
    expect(statusOf(new Refused())).toBe(409);
  });

  it.each([
    [undefined],
    [null],
    ['404'],
    [404],
    [new Error('unknown')],
    [{ status: 404 }],
    [{ getStatus: 404 }],
    [Object.create(null)],
    // What a job inside was told says nothing of what was done around it.
    [new IdempotencyException('IDEMPOTENCY_IN_PROGRESS', { typeBase: 'about:blank', statuses: {} })],
    [{ getStatus: () => BigInt('no number') }],
  ])('is not known of %p', (error) => {
    expect(statusOf(error)).toBeUndefined();
  });

  it('that is no number leaves what happened unknown', () => {
    expect(endedBy(statusOf({ getStatus: () => 'gone' }))).toBe('unknown');
  });
});
