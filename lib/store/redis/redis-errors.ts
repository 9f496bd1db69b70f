import { types } from 'node:util';
import { StoreUnavailableError } from '../../errors/store-unavailable.error.js';

// Not `instanceof`: an error of Node's own has another `Error` under Jest.
const { isNativeError } = types;

/** Whether Redis does not have the script of an EVALSHA. */
export const isNoScript = (error: unknown): boolean =>
  isNativeError(error) && error.message.startsWith('NOSCRIPT');

/** Wraps what a client rejected with. `action` is a verb. Neither message nor cause shows a key or a response. */
export function unavailable(action: string, error: unknown): StoreUnavailableError {
  const why = reason(error);
  const hint =
    why === 'ClientClosedError' ? ' A node-redis client has to be connected with connect() first.' : '';
  return new StoreUnavailableError(`Redis could not ${action}: ${why}.${hint}`, {
    cause: withoutArguments(error),
  });
}

/** One word: the code of Redis' own errors (`READONLY`), of the system's (`ECONNREFUSED`), or the error's class. */
function reason(error: unknown): string {
  if (!isNativeError(error)) return 'the client failed';
  const [code] = /^[A-Z]{2,}(?= )/.exec(error.message) ?? [];
  return code ?? (error as NodeJS.ErrnoException).code ?? error.constructor.name;
}

/**
 * ioredis hangs the command and its arguments on an error, and Redis quotes them when it does not know a
 * command: they hold the response, which is not for logs.
 */
function withoutArguments(error: unknown): unknown {
  if (!isNativeError(error)) return error;
  const message = error.message.replace(/, with args beginning with:.*/s, '');
  if (message === error.message && !('command' in error)) return error;
  const copy = new Error(message);
  copy.name = error.name;
  return copy;
}
