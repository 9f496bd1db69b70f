import { IdempotencyErrorCode as Code } from '../errors/error-codes.js';

interface Problem {
  readonly status: number;
  readonly title: string;
  /** What the caller should do; used where the thrower has nothing more exact to say. */
  readonly detail: string;
  /** Seconds for `Retry-After`. */
  readonly retryAfter?: number;
}

/** The only place that knows HTTP statuses of errors. `IdempotencyModuleOptions.statuses` changes them. */
export const PROBLEMS: Readonly<Record<Exclude<Code, typeof Code.CONFIGURATION>, Problem>> = {
  [Code.KEY_MISSING]: {
    status: 400,
    title: 'Idempotency key missing',
    detail: 'This operation requires an idempotency key. Send one, and send the same one when you retry.',
  },
  [Code.KEY_INVALID]: {
    status: 400,
    title: 'Idempotency key invalid',
    detail: 'An idempotency key is 1 to 255 printable ASCII characters, sent once.',
  },
  [Code.KEY_REUSED]: {
    status: 422,
    title: 'Idempotency key reused',
    detail: 'This idempotency key was used for a different request. Use a new key for a new request.',
  },
  [Code.IN_PROGRESS]: {
    status: 409,
    title: 'Request in progress',
    detail: 'A request with this idempotency key is being processed. Retry later with the same key.',
    retryAfter: 1,
  },
  [Code.LEASE_LOST]: {
    status: 409,
    title: 'Request taken over',
    detail: 'Another attempt with this idempotency key took over. Retry with the same key to get its answer.',
    retryAfter: 1,
  },
  [Code.UNCERTAIN]: {
    status: 409,
    title: 'Outcome uncertain',
    detail:
      'An attempt with this idempotency key ended before its outcome was known: it may have been carried out. It is not run again by itself, ' +
      'and sending the request with a new key could carry it out twice. Ask for its outcome, naming the reference.',
  },
  [Code.KEY_EXPIRED]: {
    status: 409,
    title: 'Idempotency key expired',
    detail:
      'This idempotency key is too old: if a request was processed under it, its response is not kept any more. Nothing was executed now. ' +
      'Look up what became of the request before you send it again: with a new key it could be processed twice.',
  },
  [Code.RESPONSE_NOT_KEPT]: {
    status: 409,
    title: 'Response not kept',
    detail:
      'The request with this idempotency key was processed; its response was not kept and cannot be sent again.',
  },
  [Code.CALLER_UNRESOLVED]: {
    status: 500,
    title: 'Caller unresolved',
    detail:
      'The request has credentials, but the server does not know whose they are, so the key cannot be kept apart from those of other callers. ' +
      'To fix this, set request.user in a guard, set the `principal` option, or set `scope: "public"`.',
  },
  [Code.RESOLVER_FAILED]: {
    status: 500,
    title: 'Idempotency set-up failed',
    detail: 'The server could not work out the identity of this request. Nothing was executed.',
  },
  [Code.BODY_UNREADABLE]: {
    status: 415,
    title: 'Request body unreadable',
    detail:
      'The server cannot read a body of this content type, so it cannot tell a retry from another request.',
  },
  [Code.STORE_UNAVAILABLE]: {
    status: 503,
    title: 'Idempotency store unavailable',
    detail:
      'It cannot be told whether this request was processed before. Nothing was executed. Retry with the same key.',
    retryAfter: 1,
  },
  [Code.STORE_FULL]: {
    status: 503,
    title: 'Idempotency store full',
    detail: 'No new idempotency key can be taken now. Nothing was executed. Retry with the same key.',
    retryAfter: 1,
  },
  [Code.RECORD_UNREADABLE]: {
    status: 503,
    title: 'Idempotency record unreadable',
    detail:
      'The record of this idempotency key cannot be read here. Nothing was executed. Retry with the same key.',
    retryAfter: 1,
  },
  [Code.SHUTTING_DOWN]: {
    status: 503,
    title: 'Shutting down',
    detail: 'This server is about to stop. Nothing was executed. Retry with the same key.',
    retryAfter: 1,
  },
};

export type ProblemCode = keyof typeof PROBLEMS;
