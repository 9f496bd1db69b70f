import { inspect } from 'node:util';
import { IdempotencyErrorCode } from '../../../../lib/errors/error-codes.js';
import { unavailable } from '../../../../lib/store/redis/redis-errors.js';

describe('unavailable', () => {
  it.each([
    [
      new Error('READONLY You can’t write against a read only replica.'),
      'Redis could not acquire: READONLY.',
    ],
    [new Error('OOM command not allowed'), 'Redis could not acquire: OOM.'],
    [Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }), 'Redis could not acquire: ECONNREFUSED.'],
    [new Error('Connection is closed.'), 'Redis could not acquire: Error.'],
    [new TypeError('x'), 'Redis could not acquire: TypeError.'],
    ['a string', 'Redis could not acquire: the client failed.'],
  ])('says in a word what %j was', (cause, message) => {
    const error = unavailable('acquire', cause);
    expect(error).toMatchObject({ code: IdempotencyErrorCode.STORE_UNAVAILABLE, message });
    expect(error.cause).toBe(cause);
  });

  it('drops the command that ioredis hangs on errors', () => {
    const cause = Object.assign(new Error('ERR no'), { name: 'ReplyError', command: { args: ['secret'] } });
    const error = unavailable('complete', cause);
    expect(error.cause).toMatchObject({ name: 'ReplyError', message: 'ERR no' });
    expect(inspect(error, { depth: 9 })).not.toContain('secret');
  });

  it('drops the arguments that Redis quotes when it does not know a command', () => {
    const cause = new Error(
      "ERR unknown command 'EVALSHA', with args beginning with: 'sha' '1' 'secret'\nmore",
    );
    const error = unavailable('complete', cause);
    expect(error.cause).toMatchObject({ message: "ERR unknown command 'EVALSHA'" });
    expect(inspect(error, { depth: 9 })).not.toContain('secret');
  });
});
