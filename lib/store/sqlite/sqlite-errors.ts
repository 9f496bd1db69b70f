import { types } from 'node:util';
import { StoreUnavailableError } from '../../errors/store-unavailable.error.js';

// Not `instanceof`: an error of Node's own has another `Error` under Jest.
const { isNativeError } = types;

interface SqliteError extends Error {
  /** A name, with `better-sqlite3` and `libsql`. */
  readonly code?: unknown;
  /** SQLite's own number, with `node:sqlite`; what is above its low byte says more. */
  readonly errcode?: unknown;
}

const BUSY = 5;

/** Whether another connection has what the statement needs: nothing has happened, and it may be run again. */
export function isBusy(error: unknown): boolean {
  if (!isNativeError(error)) return false;
  const { code, errcode, message } = error as SqliteError;
  if (typeof errcode === 'number') return (errcode & 0xff) === BUSY;
  return String(code).startsWith('SQLITE_BUSY') || message.includes('database is locked');
}

/** Wraps what a handle threw. `action` is a verb. Neither message nor cause shows a key or a response. */
export function unavailable(action: string, error: unknown): StoreUnavailableError {
  if (!isNativeError(error))
    return new StoreUnavailableError(`SQLite could not ${action}.`, { cause: error });
  const { code, errcode } = error as SqliteError;
  const reason = [code, errcode].filter((part) => part !== undefined).map(String);
  const cause: Error & { code?: unknown; errcode?: unknown } = new Error(error.message);
  Object.assign(cause, { name: error.name, ...(code !== undefined && { code }) });
  if (errcode !== undefined) cause.errcode = errcode;
  return new StoreUnavailableError(`SQLite could not ${action}: ${reason.join(' ') || error.name}.`, {
    cause,
  });
}
