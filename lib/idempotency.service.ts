import { Inject, Injectable } from '@nestjs/common';
import { guaranteeProblems } from './bootstrap/guarantee-problems.js';
import { mergeRouteOptions } from './bootstrap/merge-options.js';
import { optionProblems } from './bootstrap/validate-options.js';
import { IdempotencyConfigurationError } from './errors/idempotency-configuration.error.js';
import { IdempotencyException } from './errors/idempotency.exception.js';
import { HttpRuntime } from './http/http-runtime.js';
import { checkKey } from './http/key.js';
import { recordId } from './http/record-id.js';
import { scopeTag } from './http/scope-tag.js';
import type { Guarantee } from './idempotency.options.js';
import type { IdempotencyRecordDetails } from './operations/idempotency-record.js';
import { JobRunner, type Job } from './operations/job-runner.js';
import {
  RecordDesk,
  type EraseResult,
  type ListOptions,
  type RecordList,
  type ResolveOutcome,
} from './operations/record-desk.js';
import type { RecordResolution } from './operations/resolution.js';
import { scopeParts, type ScopeRef } from './operations/scope-ref.js';

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
  /** How long the key is remembered after that; `false` forgets it at once. @default that of the module */
  readonly tombstone?: number | false;
  /** What is promised when an attempt dies in the middle. Not `'exactly-once'`. @default that of the module */
  readonly guarantee?: Exclude<Guarantee, 'exactly-once'>;
  /** @default that of the module */
  readonly lease?: number;
  /** How long to wait for a running attempt. @default that of the module */
  readonly wait?: number | boolean;
}

const NOT_FOR_JOBS = (operation: string) =>
  `IdempotencyService.run() of "${operation}": guarantee 'exactly-once' is for handlers of HTTP requests. Say guarantee ` +
  "'at-most-once' or 'at-least-once' for the job.";

/** Idempotency where there is no HTTP request (queues, cron, webhooks), and what operators need to see and settle. */
@Injectable()
export class IdempotencyService {
  private readonly jobs: JobRunner;
  private readonly desk: RecordDesk;

  constructor(@Inject(HttpRuntime) private readonly runtime: HttpRuntime) {
    this.jobs = new JobRunner(runtime.engine, runtime.problems);
    const { ttl, tombstone } = mergeRouteOptions(runtime.options.given, {}, {});
    this.desk = new RecordDesk(runtime.engine.gateway, runtime.keyring, { ttl, tombstone });
  }

  /**
   * Runs `job` unless it was run under this key before, and gives its result: the first one, always. When the job
   * throws, the key is free again, unless the guarantee says otherwise.
   *
   * The result is kept as JSON: later calls get a `Date` as a string, a class instance as a plain object; `undefined`
   * stays `undefined`. A result that cannot be JSON (a BigInt, a cycle) goes to the first caller only: the job is done
   * and not run again, and later calls throw RESPONSE_NOT_KEPT.
   *
   * ```ts
   * await this.idempotency.run(message.id, () => this.mailer.send(message), { operation: 'send-mail' });
   * ```
   *
   * Under `at-most-once` a job that throws leaves its key uncertain, unless it throws one of Nest's exceptions of status
   * 4xx, or has called `IdempotencyContext.notApplied()`.
   *
   * @throws IdempotencyException with code KEY_INVALID, KEY_REUSED, IN_PROGRESS, UNCERTAIN, KEY_EXPIRED,
   *   RESPONSE_NOT_KEPT, LEASE_LOST or SHUTTING_DOWN
   * @throws IdempotencyConfigurationError when an option is wrong
   * @throws IdempotencyStoreError when the store does not answer
   */
  async run<T>(key: string, job: Job<T>, options: RunOptions): Promise<T> {
    const problems = optionProblems('run', options, 'IdempotencyService.run()');
    if (problems.length > 0) throw new IdempotencyConfigurationError(problems);
    const checked = checkKey(key);
    if (!checked.ok) {
      throw new IdempotencyException('IDEMPOTENCY_KEY_INVALID', this.runtime.problems, {
        detail: checked.detail,
      });
    }
    const merged = mergeRouteOptions(this.runtime.options.given, options as object, {});
    const { ttl, tombstone, guarantee, lease, wait } = merged;
    const { operation, scope, fingerprint } = options;
    if (guarantee === 'exactly-once') throw new IdempotencyConfigurationError([NOT_FOR_JOBS(operation)]);
    // A job never runs without its store.
    const promise = { label: operation, options: { guarantee, onStoreError: 'refuse' } } as const;
    const unkept = guaranteeProblems([promise], this.runtime.engine.store.capabilities).problems;
    if (unkept.length > 0) throw new IdempotencyConfigurationError(unkept);
    const parts = scopeParts(scope === undefined ? 'public' : { custom: scope });
    const terms = {
      key: checked.key,
      id: recordId(parts, ['job', operation], checked.key),
      scope: scopeTag(parts, this.runtime.keyring.signing),
      operation,
      ...this.runtime.questionOf(operation, fingerprint),
      ...{ guarantee, ttl, tombstone, lease, wait },
    };
    return this.jobs.run(terms, job);
  }

  /**
   * The record a client or a log names, with its answer.
   *
   * @throws IdempotencyStoreError when the store does not answer, or the record cannot be read
   */
  look(reference: string): Promise<IdempotencyRecordDetails | undefined> {
    return this.desk.look(reference);
  }

  /**
   * All records of a key, one for each operation it was used on.
   *
   * ```ts
   * await this.idempotency.find('8e03978e-40d5-43e8-bc93-6894a57f9324', { user: 'alice' });
   * ```
   *
   * A store without an index (Redis) reads through all its records for this.
   *
   * @throws IdempotencyStoreError when the store does not answer
   */
  find(key: string, scope: ScopeRef): Promise<IdempotencyRecordDetails[]> {
    return this.desk.find(key, scope);
  }

  /**
   * A page of records: the uncertain ones (`{ states: ['uncertain'] }`), those that run for long
   * (`{ states: ['in-progress'], runningFor: 60_000 }`), those of a caller (`{ scope: { user: 'alice' } }`).
   *
   * @throws IdempotencyConfigurationError when an option is wrong
   * @throws IdempotencyStoreError when the store does not answer
   */
  list(options?: ListOptions): Promise<RecordList> {
    return this.desk.list(options);
  }

  /**
   * Settles an uncertain record: it was carried out, and this is its answer; or it was not, and the next retry runs.
   *
   * ```ts
   * await this.idempotency.resolve(reference, { as: 'not-applied', by: 'alice', why: 'no charge at the provider' });
   * ```
   *
   * @throws IdempotencyConfigurationError when something in the resolution is wrong
   * @throws IdempotencyStoreError when the store does not answer
   */
  resolve(reference: string, resolution: RecordResolution): Promise<ResolveOutcome> {
    return this.desk.resolve(reference, resolution);
  }

  /**
   * Removes all records of a caller, a tenant or a custom scope, uncertain ones and tombstones too. What is running stays;
   * call it again later. Their keys are new keys from then on.
   *
   * @throws IdempotencyStoreError when the store does not answer; some records may be gone by then
   */
  erase(scope: ScopeRef): Promise<EraseResult> {
    return this.desk.erase(scope);
  }
}
