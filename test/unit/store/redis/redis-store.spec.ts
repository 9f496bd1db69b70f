import { Redis } from 'ioredis';
import { IdempotencyErrorCode } from '../../../../lib/errors/error-codes.js';
import { RedisStore, type RedisStoreOptions } from '../../../../lib/store/redis/index.js';

describe('the options of a RedisStore', () => {
  const client = new Redis({ lazyConnect: true });
  const make = (options: unknown) => () => new RedisStore(options as RedisStoreOptions);

  it.each([
    ['', /RedisStore: `prefix` must be 1 to 128/],
    ['x'.repeat(129), /1 to 128/],
    ['with space', /printable ASCII/],
    ['schlüssel:', /printable ASCII/],
    [7, /printable ASCII/],
    [null, /printable ASCII/],
    ['{all}:', /braces.*one slot/],
  ])('the prefix %j is refused', (prefix, message) => {
    expect(make({ client, prefix })).toThrow(
      expect.objectContaining({
        code: IdempotencyErrorCode.CONFIGURATION,
        message: expect.stringMatching(message),
      }),
    );
  });

  it.each(['i:', 'x'.repeat(128), 'Shop_2/orders-v1.idempotency*[?]:', undefined])(
    'the prefix %j is fine',
    (prefix) => {
      expect(make({ client, prefix })).not.toThrow();
    },
  );

  it.each([[undefined], [null], [client.options], ['redis://localhost']])(
    'anything without a client is refused: %#',
    (options) => {
      expect(make(options)).toThrow(/new RedisStore\(\{ client \}\)/);
    },
  );

  it('says what it can promise, for good', () => {
    const { capabilities } = new RedisStore({ client });
    expect(capabilities).toEqual({
      name: 'redis',
      durable: true,
      shared: true,
      clock: 'server',
      notifies: true,
      verifiesResponses: true,
    });
    expect(Object.isFrozen(capabilities)).toBe(true);
  });
});
