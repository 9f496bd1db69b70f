import { Injectable } from '@nestjs/common';
import { currentExecution } from './execution/current-execution.js';
import { markOf, type RequestMark } from './http/request-mark.js';

/**
 * What a handler, or any provider that works for it, can know of the idempotent request or job it runs in. Outside of
 * one, `active` is `false` and the rest is `undefined`.
 *
 * ```ts
 * constructor(private readonly idempotency: IdempotencyContext) {}
 * charge() { return this.provider.charge({ signal: this.idempotency.signal }); }
 * ```
 */
@Injectable()
export class IdempotencyContext {
  /** Whether this code runs for an idempotent request or job. */
  get active(): boolean {
    return currentExecution() !== undefined;
  }

  /** The key as the client sent it, without quotes. */
  get key(): string | undefined {
    return currentExecution()?.key;
  }

  /**
   * Names the record to `IdempotencyService`, and is what a client is told of an uncertain one: keep it with what the
   * handler does, and it can be found again from there.
   */
  get reference(): string | undefined {
    return currentExecution()?.reference;
  }

  /** 1 for the first attempt of a key, more when an earlier one died. */
  get attempt(): number | undefined {
    return currentExecution()?.attempt;
  }

  /** Fires when this attempt lost its lease: another one may be running, and this one's answer will not be kept. */
  get signal(): AbortSignal | undefined {
    return currentExecution()?.signal;
  }

  /**
   * Says that the handler has had no effect yet, and that what it is about to throw leaves none: the key is free again,
   * also where the guarantee is `at-most-once`. Without this, such a route takes every error but a 4xx for one that may
   * have come after the effect.
   */
  notApplied(): void {
    currentExecution()?.notApplied();
  }

  /**
   * `true` in what runs before a handler that will not run (the file interceptor and pipes of a retried upload), `false`
   * in a handler. For access logs, see `IdempotencyContext.of`.
   */
  get replayed(): boolean | undefined {
    return currentExecution()?.replayed;
  }

  /** What became of a request, once it is answered: for access logs and metrics. Takes the request of the platform, or of Node. */
  static of(request: object): RequestMark | undefined {
    return markOf(request);
  }
}
