import { StoreUnavailableError } from '../../errors/store-unavailable.error.js';

/** What the drivers throw; with some it is no native error. */
interface SqliteError {
  readonly name?: unknown;
  readonly message?: unknown;
  /** A name, with `better-sqlite3` and `libsql`. */
  readonly code?: unknown;
  /** SQLite's own number, with `node:sqlite`; what is above its low byte says more. */
  readonly errcode?: unknown;
}

const BUSY = 5;

/** Whether another connection has what the statement needs: nothing has happened, and it may be run again. */
export function isBusy(error: unknown): boolean {
  const { code, errcode } = partsOf(error);
  if (typeof errcode === 'number') return (errcode & 0xff) === BUSY;
  return String(code).startsWith('SQLITE_BUSY');
}

/** Wraps what a handle threw. `action` is a verb. Neither message nor cause shows a key or a response. */
export function unavailable(action: string, error: unknown): StoreUnavailableError {
  const { name, message, code, errcode } = partsOf(error);
  const reason = [code, errcode].filter((part) => part !== undefined).map(String);
  // What else a driver hangs on an error may be the statement's values.
  const cause = Object.assign(new Error(String(message)), code !== undefined && { code });
  if (errcode !== undefined) Object.assign(cause, { errcode });
  return new StoreUnavailableError(
    `SQLite could not ${action}: ${reason.join(' ') || String(name ?? 'the handle failed')}.`,
    { cause },
  );
}

const partsOf = (error: unknown): SqliteError => (typeof error === 'object' && error !== null ? error : {});
