import type { Attempt } from '../engine/attempt.js';
import type { IdempotencyEngine, Ruling } from '../engine/engine.js';
import type { OutcomeEvent } from '../engine/events.js';
import { IdempotencyErrorCode } from '../errors/error-codes.js';
import { IdempotencyException } from '../errors/idempotency.exception.js';
import { RecordUnreadableError } from '../errors/record-unreadable.error.js';
import { isIdempotencyError } from '../errors/is-idempotency-error.js';
import { currentExecution, runAs, type Execution } from '../execution/current-execution.js';
import { notInJobs } from '../execution/own-transactions.js';
import { afterEffects, endedBy, statusOf } from '../http/ended.js';
import { onLapseOf } from '../http/guarantees.js';
import type { ProblemOptions, ProblemSettings } from '../http/problem-details.js';
import type { ProblemCode } from '../http/problems.js';
import { runEffect } from '../http/run-effect.js';
import { decodeResponse, encodeResponse } from '../http/recorded-response.js';
import type { Guarantee } from '../idempotency.options.js';
import type { StandingRecord } from '../store/idempotency-store.js';

/** What a job is told about its attempt. */
export interface RunContext {
  /** 1 for the first attempt of a key. */
  readonly attempt: number;
  /** Fires when the attempt lost its lease. */
  readonly signal: AbortSignal;
  /** Names the record; see `IdempotencyContext.reference`. */
  readonly reference: string;
}

/** What a job does. */
export type Job<T> = (context: RunContext) => T | Promise<T>;

/** One call of `run()`, its options complete. Durations in ms. */
export interface JobTerms {
  readonly key: string;
  readonly id: string;
  readonly scope: string;
  readonly operation: string;
  readonly fingerprint: string;
  readonly verify: (kept: string) => 'same' | 'different' | 'unknown';
  readonly guarantee: Guarantee;
  readonly ttl: number;
  readonly tombstone: number;
  readonly lease: number;
  readonly wait: number;
}

/** Runs jobs on the engine: at most one result for a key. */
export class JobRunner {
  constructor(
    private readonly engine: IdempotencyEngine,
    private readonly problems: ProblemSettings,
  ) {}

  /** @throws IdempotencyException, IdempotencyStoreError, and what the job throws */
  async run<T>(terms: JobTerms, job: Job<T>): Promise<T> {
    const ruling = await this.begin(terms);
    switch (ruling.kind) {
      case 'run':
        return this.execute(terms, ruling.attempt, job);
      case 'replay':
        return this.repeat<T>(terms, ruling.response);
      case 'mismatch':
        this.tell(terms, 'mismatch');
        throw this.refusal('IDEMPOTENCY_KEY_REUSED');
      case 'conflict':
        this.tell(terms, 'conflict');
        throw this.refusal('IDEMPOTENCY_IN_PROGRESS');
      case 'uncertain':
        this.tell(terms, 'uncertain');
        throw this.refusal('IDEMPOTENCY_UNCERTAIN', { reference: terms.id });
      case 'expired':
        this.tell(terms, 'expired');
        throw this.refusal('IDEMPOTENCY_KEY_EXPIRED');
      case 'closing':
        this.tell(terms, 'refused');
        throw this.refusal('IDEMPOTENCY_SHUTTING_DOWN');
      default:
        return ruling satisfies never;
    }
  }

  private async begin(terms: JobTerms): Promise<Ruling> {
    const { id, scope, operation, fingerprint, verify, guarantee, lease, ttl, wait } = terms;
    const onLapse = onLapseOf(guarantee);
    const keep = Math.max(lease, ttl);
    try {
      return await this.engine.begin({
        id,
        scope,
        operation,
        fingerprint,
        verify,
        onLapse,
        lease,
        keep,
        ttl,
        wait,
        nested: currentExecution() !== undefined,
      });
    } catch (error) {
      this.tell(terms, 'refused');
      throw error;
    }
  }

  private async execute<T>(terms: JobTerms, attempt: Attempt, job: Job<T>): Promise<T> {
    const execution = new JobExecution(terms, attempt, this.problems);
    let result: T;
    try {
      await attempt.reach('before-handler');
      result = await runAs(execution, () =>
        job({ attempt: attempt.number, signal: attempt.signal, reference: terms.id }),
      );
      await attempt.reach('after-handler');
    } catch (error) {
      const { isNotApplied } = execution;
      const ended = isNotApplied ? 'nothing' : endedBy(statusOf(error));
      await this.giveUp(terms, attempt, afterEffects(ended, attempt, isNotApplied));
      throw error;
    }
    const retention = { response: terms.ttl, tombstone: terms.tombstone };
    const saved = await attempt.complete(encodeResult(result), retention);
    this.tell(terms, saved.state === 'completed' ? 'recorded' : saved.state, attempt.number);
    return saved.state === 'lost' && saved.record ? this.winnersResult<T>(terms, saved.record) : result;
  }

  private async giveUp(terms: JobTerms, attempt: Attempt, ended: 'nothing' | 'unknown'): Promise<void> {
    const counts = terms.guarantee === 'at-most-once' || attempt.hasEffects;
    const happened = counts ? ended : 'nothing';
    const given = await attempt.release(happened);
    const outcome = attempt.leavesUncertain(happened) ? 'left-uncertain' : 'released';
    this.tell(terms, given === 'lost' ? 'lost' : outcome, attempt.number);
  }

  private winnersResult<T>(terms: JobTerms, record: StandingRecord): T {
    switch (record.state) {
      case 'completed':
        return this.resultOf<T>(record.response);
      case 'uncertain':
        throw this.refusal('IDEMPOTENCY_UNCERTAIN', { reference: terms.id });
      case 'expired':
        throw this.refusal('IDEMPOTENCY_KEY_EXPIRED');
      default:
        throw this.refusal('IDEMPOTENCY_LEASE_LOST');
    }
  }

  private repeat<T>(terms: JobTerms, response: Uint8Array): T {
    try {
      const result = this.resultOf<T>(response);
      this.tell(terms, 'replayed');
      return result;
    } catch (error) {
      const isNotKept = isIdempotencyError(error, IdempotencyErrorCode.RESPONSE_NOT_KEPT);
      this.tell(terms, isNotKept ? 'not-kept' : 'refused');
      throw error;
    }
  }

  private resultOf<T>(response: Uint8Array): T {
    const { body, kept } = decodeResponse(response);
    if (!kept) throw this.refusal('IDEMPOTENCY_RESPONSE_NOT_KEPT');
    const json = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString();
    try {
      return (json === '' ? undefined : JSON.parse(json)) as T;
    } catch {
      // Somebody resolved it with bytes of his own. What JSON.parse says quotes them.
      throw new RecordUnreadableError('The result of the job is not JSON.');
    }
  }

  private tell({ operation, id }: JobTerms, outcome: OutcomeEvent['outcome'], attempt?: number): void {
    const event = { kind: 'outcome', outcome, operation, recordId: id } as const;
    this.engine.events.emit(attempt === undefined ? event : { ...event, attempt });
  }

  private refusal(code: ProblemCode, options?: ProblemOptions): IdempotencyException {
    return new IdempotencyException(code, this.problems, options);
  }
}

/** A job, seen from the code that runs for it. */
class JobExecution implements Execution {
  readonly handler = undefined;
  readonly replayed = false;
  readonly key: string;
  readonly reference: string;
  isNotApplied = false;

  constructor(
    { key, id }: JobTerms,
    private readonly attemptRun: Attempt,
    readonly problems: ProblemSettings,
  ) {
    this.key = key;
    this.reference = id;
  }

  get attempt(): number {
    return this.attemptRun.number;
  }

  get signal(): AbortSignal {
    return this.attemptRun.signal;
  }

  notApplied(): void {
    this.isNotApplied = true;
  }

  readonly effect: Execution['effect'] = (name, work, retry) =>
    runEffect(this.attemptRun, this, name, work, retry);

  ownTransactions(called: string): never {
    throw notInJobs(called);
  }

  enter(run: () => unknown): unknown {
    return run();
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
