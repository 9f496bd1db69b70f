import { IdempotencyConfigurationError } from '../../../lib/errors/idempotency-configuration.error.js';
import { resolveMemoryStoreOptions } from '../../../lib/store/memory/memory-store.options.js';
import { MemoryStore } from '../../../lib/store/memory/memory-store.js';

describe('the options of MemoryStore', () => {
  it('have defaults, which undefined does not erase', () => {
    const defaults = { maxRecords: 10_000, maxBytes: Infinity, clock: expect.any(Function) };
    expect(resolveMemoryStoreOptions({})).toEqual(defaults);
    expect(
      resolveMemoryStoreOptions({ maxRecords: undefined, maxBytes: undefined, clock: undefined }),
    ).toEqual(defaults);
  });

  it.each([0, -1, 1.5, NaN, Infinity, '100' as never, null as never])(
    'refuse maxRecords: %p',
    (maxRecords) => {
      expect(() => new MemoryStore({ maxRecords })).toThrow(
        /maxRecords must be a whole number of at least 1/,
      );
    },
  );

  it.each([0, -1, 1.5, NaN, '100' as never])('refuse maxBytes: %p', (maxBytes) => {
    expect(() => new MemoryStore({ maxBytes })).toThrow(/maxBytes must be a whole number of at least 1/);
  });

  it('tell all problems at once', () => {
    const wrong = { maxRecords: 0, maxBytes: 0, clock: 5 as never };
    expect(() => new MemoryStore(wrong)).toThrow(IdempotencyConfigurationError);
    expect(() => new MemoryStore(wrong)).toThrow(
      expect.objectContaining({
        problems: [/maxRecords/, /maxBytes/, /clock/].map((p) => expect.stringMatching(p)),
      }),
    );
  });
});
