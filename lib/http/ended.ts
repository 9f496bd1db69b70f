import type { Happened } from '../store/idempotency-store.js';

/** How a handler ended whose answer is not recorded: as an attempt without one, or `done` all the same. */
export type Ended = Happened | 'done';

/**
 * What is known of a handler that failed. One that says what is wrong with the request (4xx) has not done what was asked;
 * any other error may have come before, after or in the middle of its effect.
 */
export function endedBy(status: number | undefined): Happened {
  return status !== undefined && status >= 400 && status < 500 ? 'nothing' : 'unknown';
}

/** The HTTP status that an error says of itself. */
export function statusOf(error: unknown): number | undefined {
  const { getStatus } = (error ?? {}) as { getStatus?: unknown };
  return typeof getStatus === 'function' ? Number(getStatus.call(error)) : undefined;
}
