import { Injectable } from '@nestjs/common';
import type { EffectRetry, EffectRun } from './engine/effects.js';
import { IdempotencyConfigurationError } from './errors/idempotency-configuration.error.js';
import { currentExecution } from './execution/current-execution.js';
import { outsideOfRequests, type OwnTransactions } from './execution/own-transactions.js';
import { unprotectedExecution } from './execution/unprotected-execution.js';
import { runEffectUnprotected } from './http/run-effect.js';
import { markOf, type RequestMark } from './http/request-mark.js';

/** Options of `IdempotencyContext.effect`. */
export interface EffectOptions {
  /**
   * What a retry does about an effect that had begun when its attempt died: asks for it again, under the same key
   * (`'same-key'`: the downstream service knows it and does nothing twice), or never (`'never'`: the request is uncertain,
   * and somebody has to find out). @default 'same-key'
   */
  readonly retry?: EffectRetry;
}

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
   * Has a named side effect once, however often the request is tried: a charge, a mail, a booking elsewhere. It is marked before
   * `work` runs, and its result is kept; an attempt that follows gets the result without running `work` again. See
   * docs/effects.md.
   *
   * ```ts
   * const charge = await this.idempotency.effect('charge', ({ key, signal }) =>
   *   this.provider.charge(order, { idempotencyKey: key, signal }),
   * );
   * ```
   *
   * The result is JSON, the first time as well: a `Date` is a string; `undefined` stays `undefined`. A name is used once in a
   * request: the second call gets the first one's result. At most 64 effects, and 256 KiB of results, per request.
   *
   * @param name 1 to 64 characters of `A-Z a-z 0-9 _ . : -`
   * @param work Has the effect. Passes `key` on to the downstream service, whatever it calls an idempotency key.
   * @throws what `work` throws; IdempotencyException with code LEASE_LOST, UNCERTAIN, STORE_UNAVAILABLE, STORE_FULL or
   *   RECORD_UNREADABLE, and `work` was not run; IdempotencyConfigurationError when there is no idempotent request or job here,
   *   or when the name or the result is not to be used
   */
  async effect<T>(
    name: string,
    work: (run: EffectRun) => T | Promise<T>,
    { retry = 'same-key' }: EffectOptions = {},
  ): Promise<T> {
    checkRetry(name, retry);
    const execution = currentExecution();
    if (execution) return execution.effect(name, work, retry);
    const unprotected = unprotectedExecution();
    if (unprotected) return runEffectUnprotected(name, work, (of) => unprotected.effectKey(of));
    throw new IdempotencyConfigurationError([
      `effect("${name}"): there is no idempotent request or job here, so nobody would remember it. Put @Idempotent() on the ` +
        'handler, or call it in a job of IdempotencyService.run().',
    ]);
  }

  /**
   * Commits what the handler does in a transaction of its own together with its answer: the last statement of that transaction,
   * on a route with `guarantee: 'exactly-once', transaction: 'explicit'`. See docs/exactly-once.md.
   *
   * ```ts
   * return this.db.transaction().execute(async (trx) => {
   *   const order = await trx.insertInto('orders').values(values).returningAll().executeTakeFirstOrThrow();
   *   return this.idempotency.commitWith(trx, order);
   * });
   * ```
   *
   * `result` is the handler's result from then on, whatever it returns. While this waits, interceptors and serializers make the
   * answer of it, which is recorded in the transaction. Then this resolves with `result`, and the answer leaves when the handler
   * has ended.
   *
   * @param tx the open transaction, as the client gives it, or what `completeWithin` of the store takes. For `PostgresStore`: of
   *   `pg`, PGlite, Kysely, TypeORM, Drizzle or Prisma, or an object with `query(text, values): Promise<{ rows }>`
   * @throws what says that the transaction has to be rolled back, so let it through: IdempotencyException with code LEASE_LOST
   *   when another attempt took over, whose answer the client gets; or why the answer could not be made or recorded;
   *   IdempotencyConfigurationError when it is called elsewhere than in such a handler, or twice
   */
  commitWith<T>(tx: unknown, result: T): Promise<T> {
    const committed = (async () => ownTransactions('commitWith()').commitWith(tx, result))();
    // Whoever does not wait for it is told by the log, and does not end the process.
    committed.catch(() => undefined);
    return committed;
  }

  /**
   * Runs `work` in a transaction of the module's option `transactions`, and commits what it did together with its result, as
   * `commitWith` does. One that loses against others (a serialization failure, a deadlock) is run again, `transactionRetries`
   * times in a request.
   *
   * ```ts
   * return this.idempotency.transaction(() => this.orders.insert(item));
   * ```
   *
   * @param work Gets what `transactions` gives: a `PoolClient` of `pgTransactions`, say.
   * @throws as `commitWith`, and what `work` throws, after the rollback
   */
  async transaction<T, Tx = unknown>(work: (tx: Tx) => T | Promise<T>): Promise<T> {
    return ownTransactions('transaction()').transaction(async (tx) => work(tx as Tx));
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

/** @throws IdempotencyConfigurationError when there are none here */
function ownTransactions(called: string): OwnTransactions {
  const here = currentExecution() ?? unprotectedExecution();
  if (!here) throw outsideOfRequests(called);
  return here.ownTransactions(called);
}

function checkRetry(name: string, retry: unknown): asserts retry is EffectRetry {
  if (retry === 'same-key' || retry === 'never') return;
  throw new IdempotencyConfigurationError([
    `effect("${name}"): retry must be 'same-key' or 'never', and not ${JSON.stringify(retry)}.`,
  ]);
}
