import { IdempotencyException } from '../../../lib/errors/idempotency.exception.js';
import { isRecorded, isRecordedSafely } from '../../../lib/http/record-rule.js';

describe('a record rule of the application', () => {
  it.each([true, false])('[B42] decides with %s', (decision) => {
    expect(isRecorded(() => decision, { status: 500 })).toBe(decision);
  });

  it.each([
    ['a promise', async () => true],
    ['a promise that rejects', () => Promise.reject(new Error('no'))],
    ['a number', () => 1],
    ['nothing', () => undefined],
  ])('[B42] that gives %s is told so, instead of running the handler again', (_, rule) => {
    expect(() => isRecorded(rule as never, { status: 201 })).toThrow(
      /`record` option must return true or false/,
    );
  });
});

describe('the record rules of the library', () => {
  const RECORDED = [200, 201, 202, 204, 206, 301, 303, 304, 307, 399];
  const REFUSED = [400, 402, 404, 405, 409, 410, 412, 418, 422, 424, 426, 428, 431, 451, 499];
  const NEVER = [401, 403, 408, 425, 429];
  const BROKEN = [500, 501, 502, 503, 504, 599];

  it.each([
    ['default', true, RECORDED],
    ['default', true, REFUSED],
    ['default', false, NEVER],
    ['default', false, BROKEN],
    ['success', true, RECORDED],
    ['success', false, REFUSED],
    ['success', false, NEVER],
    ['success', false, BROKEN],
  ] as const)('[B42] %s says %p of %p', (rule, expected, statuses) => {
    const wrong = statuses.filter((status) => isRecorded(rule, { status }) !== expected);
    expect(wrong).toEqual([]);
  });
});

describe('what a job inside was told of its own key', () => {
  const SETTINGS = { typeBase: 'about:blank', statuses: {} };

  it.each([
    ['IDEMPOTENCY_IN_PROGRESS', false],
    ['IDEMPOTENCY_LEASE_LOST', false],
    ['IDEMPOTENCY_UNCERTAIN', false],
    ['IDEMPOTENCY_KEY_REUSED', true],
    ['IDEMPOTENCY_KEY_EXPIRED', true],
    ['IDEMPOTENCY_RESPONSE_NOT_KEPT', true],
  ] as const)('%s: recorded as an answer by default: %p', (code, recorded) => {
    const error = new IdempotencyException(code, SETTINGS);
    expect(isRecorded('default', { status: error.getStatus(), error })).toBe(recorded);
  });

  it('may be recorded when a filter makes a success of it', () => {
    const error = new IdempotencyException('IDEMPOTENCY_IN_PROGRESS', SETTINGS);
    expect(isRecorded('default', { status: 202, error })).toBe(true);
  });
});

describe('a record rule that fails', () => {
  it.each([
    [201, true],
    [404, true],
    [429, false],
    [500, false],
  ])('[B42] leaves the decision about %d to the default rule, and is told', (status, expected) => {
    const bugs: unknown[] = [];
    const bug = new Error('rule');
    const rule = () => {
      throw bug;
    };
    expect(isRecordedSafely(rule, { status }, (error) => bugs.push(error))).toBe(expected);
    expect(isRecordedSafely((() => 1) as never, { status }, (error) => bugs.push(error))).toBe(expected);
    expect(bugs).toEqual([bug, expect.any(TypeError)]);
  });

  it('is told nothing as long as it decides', () => {
    const bugs: unknown[] = [];
    expect(
      isRecordedSafely(
        ({ status }) => status === 500,
        { status: 500 },
        (e) => bugs.push(e),
      ),
    ).toBe(true);
    expect(isRecordedSafely('success', { status: 404 }, (e) => bugs.push(e))).toBe(false);
    expect(bugs).toEqual([]);
  });
});
