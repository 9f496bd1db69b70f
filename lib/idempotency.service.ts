import { Inject, Injectable } from '@nestjs/common';
import { mergeRouteOptions } from './bootstrap/merge-options.js';
import { optionProblems } from './bootstrap/validate-options.js';
import { IdempotencyErrorCode } from './errors/error-codes.js';
import { IdempotencyConfigurationError } from './errors/idempotency-configuration.error.js';
import { IdempotencyException } from './errors/idempotency.exception.js';
import { isIdempotencyError } from './errors/is-idempotency-error.js';
import { runAs, type Execution } from './execution/current-execution.js';
import { HttpRuntime } from './http/http-runtime.js';
import { checkKey } from './http/key.js';
import type { ProblemCode } from './http/problems.js';
import { recordId } from './http/record-id.js';
import { decodeResponse, encodeResponse } from './http/recorded-response.js';
import type { Attempt } from './engine/attempt.js';
import type { Enquiry } from './engine/engine.js';
import type { OutcomeEvent } from './engine/events.js';

/** Options of `IdempotencyService.run`. Durations in ms. */
export interface RunOptions {
  /** Names the job; keys of different operations are different keys. 1–128 characters. */
  readonly operation: string;
  /** Who shares a key space, e.g. a tenant. @default everyone */
  readonly scope?: string;
  /** What the job was asked to do; the same key with something else is refused. @default nothing is compared */
  readonly fingerprint?: unknown;
  /** How long the result is kept. @default that of the module */
  readonly ttl?: number;
  /** @default that of the module */
  readonly lease?: number;
  /** How long to wait for a running attempt. @default that of the module */
  readonly wait?: number | boolean;
}

/** What a job is told about its attempt. */
export interface RunContext {
  /** 1 for the first attempt of a key. */
  readonly attempt: number;
  /** Fires when the attempt lost its lease. */
  readonly signal: AbortSignal;
}

type Tell = (outcome: OutcomeEvent['outcome'], attempt?: number) => void;

/** Idempotency where there is no HTTP request: queues, cron, webhooks. */
@Injectable()
export class IdempotencyService {
  constructor(@Inject(HttpRuntime) private readonly runtime: HttpRuntime) {}

  /**
   * Runs `job` unless it was run under this key before, and gives its result: the first one, always. When the job
   * throws, the key is free again.
   *
   * The result is kept as JSON: later calls get a `Date` as a string, a class instance as a plain object; `undefined`
   * stays `undefined`. A result that cannot be JSON (a BigInt, a cycle) goes to the first caller only: the job is done
   * and not run again, and later calls throw RESPONSE_NOT_KEPT.
   *
   * ```ts
   * await this.idempotency.run(message.id, () => this.mailer.send(message), { operation: 'send-mail' });
   * ```
   *
   * @throws IdempotencyException with code KEY_INVALID, KEY_REUSED, IN_PROGRESS, RESPONSE_NOT_KEPT, LEASE_LOST or
   *   SHUTTING_DOWN
   * @throws IdempotencyConfigurationError when an option is wrong
   * @throws IdempotencyStoreError when the store does not answer
   */
  async run<T>(key: string, job: (context: RunContext) => T | Promise<T>, options: RunOptions): Promise<T> {
    const problems = optionProblems('run', options, 'IdempotencyService.run()');
    if (problems.length > 0) throw new IdempotencyConfigurationError(problems);
    const checked = checkKey(key);
    if (!checked.ok) throw this.refusal('IDEMPOTENCY_KEY_INVALID', checked.detail);
    const { ttl, lease, wait } = mergeRouteOptions(this.runtime.options.given, options as object, {});
    const { operation, scope, fingerprint } = options;
    const ask = this.runtime.questionOf(operation, fingerprint);
    const id = recordId(
      scope === undefined ? ['public'] : ['custom', scope],
      ['job', operation],
      checked.key,
    );
    const tell: Tell = (outcome, attempt) =>
      this.runtime.engine.events.emit({
        kind: 'outcome',
        outcome,
        operation,
        recordId: id,
        ...(attempt !== undefined && { attempt }),
      });
    const enquiry: Enquiry = {
      id,
      operation,
      fingerprint: ask.fingerprint,
      verify: ask.verify,
      lease,
      keep: Math.max(lease, ttl),
      wait,
    };
    const ruling = await this.runtime.engine.begin(enquiry).catch((error: unknown) => {
      tell('refused');
      throw error;
    });
    switch (ruling.kind) {
      case 'run':
        return this.execute(checked.key, ruling.attempt, job, ttl, tell);
      case 'replay':
        return this.repeat<T>(ruling.response, tell);
      case 'mismatch':
        tell('mismatch');
        throw this.refusal('IDEMPOTENCY_KEY_REUSED');
      case 'conflict':
        tell('conflict');
        throw this.refusal('IDEMPOTENCY_IN_PROGRESS');
      case 'closing':
        tell('refused');
        throw this.refusal('IDEMPOTENCY_SHUTTING_DOWN');
      default:
        return ruling satisfies never;
    }
  }

  private async execute<T>(
    key: string,
    attempt: Attempt,
    job: (context: RunContext) => T | Promise<T>,
    ttl: number,
    tell: Tell,
  ): Promise<T> {
    const { number, signal } = attempt;
    const execution: Execution = {
      handler: undefined,
      key,
      attempt: number,
      replayed: false,
      signal,
      enter: (run) => run(),
    };
    let result: T;
    try {
      result = await runAs(execution, () => job({ attempt: number, signal }));
    } catch (error) {
      await attempt.release();
      tell('released', number);
      throw error;
    }
    const saved = await attempt.complete(encodeResult(result), ttl);
    tell(saved.state === 'completed' ? 'recorded' : saved.state, number);
    if (saved.state !== 'lost' || !saved.record) return result;
    if (saved.record.state === 'completed') return this.resultOf<T>(saved.record.response);
    throw this.refusal('IDEMPOTENCY_LEASE_LOST');
  }

  private repeat<T>(response: Uint8Array, tell: Tell): T {
    try {
      const result = this.resultOf<T>(response);
      tell('replayed');
      return result;
    } catch (error) {
      tell(isIdempotencyError(error, IdempotencyErrorCode.RESPONSE_NOT_KEPT) ? 'not-kept' : 'refused');
      throw error;
    }
  }

  private resultOf<T>(response: Uint8Array): T {
    const { body, kept } = decodeResponse(response);
    if (!kept) throw this.refusal('IDEMPOTENCY_RESPONSE_NOT_KEPT');
    const json = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString();
    return (json === '' ? undefined : JSON.parse(json)) as T;
  }

  private refusal(code: ProblemCode, detail?: string): IdempotencyException {
    return new IdempotencyException(code, this.runtime.problems, detail === undefined ? {} : { detail });
  }
}

/** No HTTP status is 0: a job's record is never taken for a response. */
const JOB_STATUS = 0;

/** Never throws: the job is done, whether or not its result can be kept. */
function encodeResult(result: unknown): Uint8Array {
  const json = jsonOf(result);
  const body = Buffer.from(json ?? '');
  return encodeResponse({ status: JOB_STATUS, headers: [], body, kept: json !== undefined });
}

/** `''` for `undefined`, which JSON does not know; nothing for what cannot be JSON. */
function jsonOf(result: unknown): string | undefined {
  if (result === undefined) return '';
  try {
    return JSON.stringify(result);
  } catch {
    return undefined;
  }
}
