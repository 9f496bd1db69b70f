import { types } from 'node:util';
import { StoreUnavailableError } from '../../errors/store-unavailable.error.js';

// Not `instanceof`: an error of Node's own has another `Error` under Jest.
const { isNativeError } = types;

/** What to do about what an operator has to change, by SQLSTATE. */
const ADVICE: Readonly<Record<string, string>> = {
  '42P01': ' Its table is not there: run npx nestjs-idempotency migrate.',
  '42703': ' Its table is of another version: run npx nestjs-idempotency migrate.',
  '42501': ' The role needs SELECT, INSERT, UPDATE and DELETE on the table, and USAGE on the sequence.',
  '25006': ' This is a read-only server or session: connect to the primary.',
};

/** SQLSTATE of an error of Postgres', or the code of one of the system's. */
export function codeOf(error: unknown): string | undefined {
  const code = isNativeError(error) ? (error as { code?: unknown }).code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/** Nothing has happened, and the same statement may well succeed: a serialization failure, or a deadlock. */
export const isRetryable = (error: unknown): boolean => ['40001', '40P01'].includes(codeOf(error) ?? '');

/** Wraps what a client rejected with. `action` is a verb. Neither message nor cause shows a key or a response. */
export function unavailable(action: string, error: unknown): StoreUnavailableError {
  const code = codeOf(error);
  const reason = code ?? (isNativeError(error) ? error.constructor.name : 'the client failed');
  const advice = ADVICE[code ?? ''] ?? '';
  return new StoreUnavailableError(`Postgres could not ${action}: ${reason}.${advice}`, {
    cause: withoutDetail(error),
  });
}

/** `detail` and `where` of an error quote rows and parameters, which are not for logs. */
function withoutDetail(error: unknown): unknown {
  if (!isNativeError(error)) return error;
  const copy: Error & { code?: string } = new Error(error.message);
  copy.name = error.name;
  const code = codeOf(error);
  if (code !== undefined) copy.code = code;
  return copy;
}
