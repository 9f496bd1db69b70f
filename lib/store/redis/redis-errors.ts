import { StoreUnavailableError } from '../../errors/store-unavailable.error.js';

/** Whether Redis does not have the script of an EVALSHA. */
export const isNoScript = (error: unknown): boolean =>
  error instanceof Error && error.message.startsWith('NOSCRIPT');

/** Wraps what a client rejected with. `action` is a verb. Neither message nor cause shows a key or a response. */
export function unavailable(action: string, error: unknown): StoreUnavailableError {
  const hint =
    error instanceof Error && error.name === 'ClientClosedError'
      ? ' A node-redis client has to be connected with connect() before it is used.'
      : '';
  return new StoreUnavailableError(`Redis could not ${action}: ${reason(error)}.${hint}`, {
    cause: withoutArguments(error),
  });
}

/** One word: the code of Redis' own errors (`READONLY`), of the system's (`ECONNREFUSED`), or the error's name. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return 'the client failed';
  const [code] = /^[A-Z]{2,}(?= )/.exec(error.message) ?? [];
  return code ?? (error as NodeJS.ErrnoException).code ?? error.name;
}

/**
 * ioredis hangs the command and its arguments on an error, and Redis quotes them when it does not know a
 * command: they hold the response, which is not for logs.
 */
function withoutArguments(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const message = error.message.replace(/, with args beginning with:.*/s, '');
  if (message === error.message && !('command' in error)) return error;
  const copy = new Error(message);
  copy.name = error.name;
  return copy;
}
