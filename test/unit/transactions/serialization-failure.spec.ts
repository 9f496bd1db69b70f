import { isSerializationFailure } from '../../../lib/transactions/serialization-failure.js';

const coded = (more: object) => Object.assign(new Error('failed'), more);
const wrapped = (cause: unknown, times: number): unknown =>
  times === 0 ? cause : wrapped(new Error('wrapped', { cause }), times - 1);

describe('an error that says that a transaction lost against another one', () => {
  it.each([
    { code: '40001' },
    { code: '40P01' },
    { code: 'P2034' },
    { code: 'SQLITE_BUSY' },
    { code: 'SQLITE_BUSY_SNAPSHOT' },
    { code: 'ERR_SQLITE_ERROR', errcode: 5 },
    { errcode: 517 },
    { driverError: coded({ code: '40001' }) },
  ])('is known: %p', (more) => expect(isSerializationFailure(coded(more))).toBe(true));

  it('is known inside of others', () =>
    expect(isSerializationFailure(wrapped(coded({ code: '40P01' }), 4))).toBe(true));

  it.each([
    undefined,
    null,
    '40001',
    40001,
    {},
    coded({ code: '23505' }),
    coded({ code: 40001 }),
    coded({ errcode: 19 }),
  ])('is no other: %p', (error) => expect(isSerializationFailure(error)).toBe(false));

  it('is not looked for without end', () => {
    const error = coded({});
    error.cause = error;
    expect(isSerializationFailure(error)).toBe(false);
  });
});
