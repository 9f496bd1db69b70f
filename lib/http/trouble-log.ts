import { IdempotencyErrorCode } from '../errors/error-codes.js';
import { logger } from '../idempotency.logger.js';

/** What the server's own set-up or store did, so that an operator has to know; the rest is the client's doing. */
const OPERATORS: ReadonlySet<string> = new Set([
  IdempotencyErrorCode.CALLER_UNRESOLVED,
  IdempotencyErrorCode.RESOLVER_FAILED,
  IdempotencyErrorCode.STORE_UNAVAILABLE,
  IdempotencyErrorCode.STORE_FULL,
  IdempotencyErrorCode.RECORD_UNREADABLE,
]);

/** ms in which the same trouble of the same operation is told once. */
const QUIET = 60_000;
/** Most troubles remembered: far more than an application has operations in trouble. */
const MOST = 1_000;
const LONGEST_CAUSE = 300;

/** Warns of refusals that are the server's fault, and of runs without protection: once a minute per code and operation. */
export class TroubleLog {
  private readonly told = new Map<string, number>();

  /** @param now the present in ms, from any origin */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /** A request to `operation` was refused. Refusals that are not the server's fault are not told. */
  refused(operation: string, code: string, advice: string, cause: unknown): void {
    if (!OPERATORS.has(code)) return;
    this.warn(`${operation}: ${code}`, `: ${advice}${reasonOf(cause)}`);
  }

  /** A request to `operation` ran although the store failed. */
  unprotected(operation: string, error: Error & { readonly code: string }): void {
    this.warn(
      `${operation}: ${error.code}`,
      `; ran without protection, by onStoreError: 'proceed'${reasonOf(error)}`,
      'unprotected ',
    );
  }

  private warn(about: string, rest: string, kind = ''): void {
    const now = this.now();
    const last = this.told.get(kind + about);
    if (last !== undefined && now - last < QUIET) return;
    if (this.told.size >= MOST) this.told.clear();
    this.told.set(kind + about, now);
    logger.warn(about + rest);
  }
}

/** In one line. The message of a SyntaxError quotes what was parsed: a body, a token. */
function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return '';
  const text = cause instanceof SyntaxError ? cause.name : cause.message;
  const line = text.replace(/\s+/g, ' ').trim().slice(0, LONGEST_CAUSE);
  return line === '' ? '' : ` (${line})`;
}
