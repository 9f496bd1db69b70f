import { Logger } from '@nestjs/common';
import { MemoryStore } from 'nestjs-idempotency';
import { defaultStore } from '../../../lib/bootstrap/default-store.js';

describe('the store of an application that sets none', () => {
  const { NODE_ENV } = process.env;
  const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation();

  beforeEach(() => warn.mockClear());
  afterAll(() => {
    process.env['NODE_ENV'] = NODE_ENV;
    warn.mockRestore();
  });

  it.each(['production', 'staging', undefined])(
    '[B50] with NODE_ENV=%s is of this process, and says so',
    (name) => {
      if (name === undefined) delete process.env['NODE_ENV'];
      else process.env['NODE_ENV'] = name;
      expect(defaultStore()).toBeInstanceOf(MemoryStore);
      expect(warn).toHaveBeenCalledTimes(1);
      expect(warn.mock.calls[0]![0]).toContain('RedisStore');
    },
  );

  it.each(['development', 'test'])('[B50] with NODE_ENV=%s is of this process, in silence', (name) => {
    process.env['NODE_ENV'] = name;
    expect(defaultStore()).toBeInstanceOf(MemoryStore);
    expect(warn).not.toHaveBeenCalled();
  });
});
