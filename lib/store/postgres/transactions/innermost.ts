import { types } from 'node:util';

/** How deep libraries wrap what a driver rejects with. */
const DEPTH = 5;

/** The driver's own error: it has the SQLSTATE, and what is around it quotes statements and what they were given. @throws it */
export function innermost(error: unknown, depth = DEPTH): never {
  if (types.isNativeError(error) && depth > 0) {
    const { driverError, cause } = error as { driverError?: unknown; cause?: unknown };
    const inner = driverError ?? cause;
    if (types.isNativeError(inner)) innermost(inner, depth - 1);
  }
  throw error;
}
