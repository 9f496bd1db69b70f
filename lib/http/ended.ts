import { isIdempotencyError } from '../errors/is-idempotency-error.js';
import type { Happened } from '../store/idempotency-store.js';
import type { Attempt } from '../engine/attempt.js';
import type { HandlerRun } from './handler-run.js';

/** How a handler ended whose answer is not recorded: as an attempt without one, or `done` all the same. */
export type Ended = Happened | 'done';

/**
 * What is known of a handler that failed. One that says what is wrong with the request (4xx) has not done what was asked;
 * any other error may have come before, after or in the middle of its effect.
 */
export function endedBy(status: number | undefined): Happened {
  return status !== undefined && status >= 400 && status < 500 ? 'nothing' : 'unknown';
}

/**
 * How the handler of a request ended. Its own error counts, not what interceptors and filters made of it: those do not know
 * what was done. Without an error it is `said`, the status of the answer it gave, if one was seen.
 */
export function endedAs(
  { state, error }: Pick<HandlerRun, 'state' | 'error'>,
  isNotApplied: boolean,
  said = 200,
): Ended {
  if (state === 'idle') return 'nothing';
  if (state === 'rejected') return isNotApplied ? 'nothing' : endedBy(statusOf(error));
  // One that still runs is taken to do what it was asked: it must not run again.
  return said < 400 ? 'done' : endedBy(said);
}

/** An error says what became of the handler, and nothing of the effects before it: these did not fail. */
export function afterEffects<E extends Ended>(
  ended: E,
  { hasEffects }: Pick<Attempt, 'hasEffects'>,
  isNotApplied: boolean,
): E | 'unknown' {
  return ended === 'nothing' && hasEffects && !isNotApplied ? 'unknown' : ended;
}

/**
 * The HTTP status that an error says of itself. Never throws. Not that of an error of this library: what a job inside was
 * told of its own key says nothing of what was done around it.
 */
export function statusOf(error: unknown): number | undefined {
  if (isIdempotencyError(error)) return undefined;
  try {
    const { getStatus } = (error ?? {}) as { getStatus?: unknown };
    return typeof getStatus === 'function' ? Number(getStatus.call(error)) : undefined;
  } catch {
    return undefined;
  }
}
