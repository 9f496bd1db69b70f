import { jest } from '@jest/globals';
import { logBug, logger } from '../../lib/idempotency.logger.js';

describe('the log of what should not happen', () => {
  const error = jest.spyOn(logger, 'error').mockReturnValue();
  beforeEach(() => error.mockClear());
  afterAll(() => error.mockRestore());

  const unprintable = new Proxy(
    {},
    { get: () => raise(), getPrototypeOf: () => raise(), ownKeys: () => raise() },
  );
  const inspectedBadly = { [Symbol.for('nodejs.util.inspect.custom')]: () => raise() };
  class StacklessError extends Error {
    override get stack(): string {
      return raise();
    }
  }

  it.each([
    [
      'an object without a prototype',
      Object.assign(Object.create(null) as object, { reason: 'no' }),
      /reason: 'no'/,
    ],
    ['an object', { reason: 'no' }, /reason: 'no'/],
    ['text', 'no', /no/],
    ['nothing', undefined, /undefined/],
    ['a symbol', Symbol('no'), /no/],
    ['an error, with its stack', new Error('no'), /Error: no\n\s+at /],
    ['what throws when it is inspected', inspectedBadly, /cannot be shown/],
    ['an error that hides its stack', new StacklessError('no'), /.+/],
    ['what throws whenever it is touched', unprintable, /.+/],
  ])('[B64] shows %s, and never throws', (_, thrown, text) => {
    logBug(thrown);
    expect(error).toHaveBeenCalledTimes(1);
    expect(error).toHaveBeenCalledWith(expect.stringMatching(text));
  });
});

function raise(): never {
  throw new Error('unprintable');
}
