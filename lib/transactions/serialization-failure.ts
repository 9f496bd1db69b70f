/** How deep errors wrap the driver's: a query builder's, a repository's, ours. */
const DEPTH = 6;

/** Serialization failure and deadlock, by SQLSTATE; Prisma's name for both. */
const CODES: readonly unknown[] = ['40001', '40P01', 'P2034'];

/** Low byte of what SQLite numbers: it has another one for each reason to be busy. */
const SQLITE_BUSY = 5;

interface Wrapped {
  readonly code?: unknown;
  readonly errcode?: unknown;
  readonly cause?: unknown;
  /** As TypeORM wraps. */
  readonly driverError?: unknown;
}

/** The transaction lost against another one, and its work may well succeed when it is run once more from the start. */
export function isSerializationFailure(error: unknown, depth = DEPTH): boolean {
  if (typeof error !== 'object' || error === null || depth === 0) return false;
  const { code, errcode, cause, driverError } = error as Wrapped;
  if (CODES.includes(code) || (typeof code === 'string' && code.startsWith('SQLITE_BUSY'))) return true;
  if (typeof errcode === 'number' && (errcode & 0xff) === SQLITE_BUSY) return true;
  return isSerializationFailure(cause, depth - 1) || isSerializationFailure(driverError, depth - 1);
}
