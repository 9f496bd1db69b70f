import type { HandlerPlan } from '../bootstrap/handler-plan.js';
import type { Attempt } from '../engine/attempt.js';
import type { OutcomeEvent } from '../engine/events.js';
import type { Retention, StandingRecord } from '../store/idempotency-store.js';
import type { AttemptTransaction } from './attempt-transaction.js';
import { commitAnswer } from './commit-answer.js';
import type { Ended } from './ended.js';
import type { ExchangeSettings } from './exchange-settings.js';
import type { Head, HttpRequest, Substitute, WireAnswer } from './platform/http-platform.js';
import type { Repeatable } from './platform/repeatable.js';
import { decodeResponse, encodeResponse } from './recorded-response.js';
import { asProblemResponse, asReplay } from './replay.js';
import { replayableHeaders } from './replayable-headers.js';

const ROLLED_BACK = 'What was done could not be committed and was rolled back. Retry with the same key.';
const UNKNOWN =
  'It cannot be told whether what was done was committed. Retry with the same key: it is not done twice.';

/** How an attempt ends: with its answer recorded, or with its key given back. One of the two, always. */
export class AnswerRecorder {
  /** Digest of the files that the answer is for. */
  uploads: string | undefined;

  constructor(
    private readonly attempt: Attempt,
    private readonly plan: HandlerPlan,
    private readonly settings: ExchangeSettings,
    /** Status and headers as middleware and decorators left them. */
    private readonly before: Head,
    private readonly response: unknown,
    /** What the handler did is committed with its answer, or not at all. */
    private readonly transaction?: AttemptTransaction,
  ) {}

  /**
   * What is to be sent instead, if another attempt won, or what was done could not be committed. An answer of a chain that
   * failed is recorded, and nothing of what it did.
   */
  async save(wire: WireAnswer, hasFailed = false): Promise<Substitute | undefined> {
    const response = this.encode(wire);
    if (this.transaction && !hasFailed) return this.commit(this.transaction, response);
    if (this.transaction) await this.transaction.rollback();
    return this.complete(response);
  }

  private encode(wire: WireAnswer): Uint8Array {
    const { settings } = this;
    const headers = replayableHeaders(this.before.headers, wire.headers, settings.unreplayableHeaders);
    return encodeResponse({
      status: wire.status,
      headers,
      body: wire.body ?? new Uint8Array(),
      kept: wire.body !== undefined,
      ...(this.uploads !== undefined && { uploads: this.uploads }),
    });
  }

  private emit(outcome: OutcomeEvent['outcome']): void {
    const { ref, number } = this.attempt;
    this.settings.emit(outcome, ref.id, number);
  }

  private get retention(): Retention {
    const { ttl, tombstone } = this.plan.options;
    return { response: ttl, tombstone };
  }

  private async complete(response: Uint8Array): Promise<Substitute | undefined> {
    const result = await this.attempt.complete(response, this.retention);
    switch (result.state) {
      case 'completed':
        this.emit('recorded');
        return undefined;
      case 'unsaved':
        this.emit('unsaved');
        return undefined;
      case 'lost':
        this.emit('lost');
        return this.winnersAnswer(result.record);
      default:
        return result satisfies never;
    }
  }

  private async commit(
    transaction: AttemptTransaction,
    response: Uint8Array,
  ): Promise<Substitute | undefined> {
    const { attempt, settings } = this;
    const end = await commitAnswer(transaction, attempt, settings, response, this.retention);
    switch (end) {
      case 'committed':
        this.emit('recorded');
        return undefined;
      case 'lost':
        // Says so again, and who won.
        return (
          (await this.complete(response)) ?? asProblemResponse('IDEMPOTENCY_LEASE_LOST', settings.problems)
        );
      case 'rolled-back':
        await this.giveUp('unknown');
        return this.uncommitted(ROLLED_BACK);
      case 'released':
        this.emit('released');
        return this.uncommitted(ROLLED_BACK);
      case 'unknown':
        this.emit('unsaved');
        return this.uncommitted(UNKNOWN);
      case 'none':
        return this.complete(response);
      default:
        return end satisfies never;
    }
  }

  private uncommitted(detail: string): Substitute {
    return asProblemResponse('IDEMPOTENCY_STORE_UNAVAILABLE', this.settings.problems, { detail });
  }

  /** What would have been sent of a value, for an answer that has lost its response. */
  async saveValue(request: HttpRequest, value: Repeatable, head: Head): Promise<void> {
    const { platform } = this.settings;
    const { transformsValue, ownsResponse, options } = this.plan;
    let wire: WireAnswer;
    try {
      if (transformsValue || ownsResponse) return await this.saveNotKept();
      wire = await platform.render(request, this.response, value.fresh(), head, options.maxBodyBytes);
    } catch {
      return this.saveNotKept();
    }
    await this.save(wire);
  }

  /** It was done, and never runs again; what was answered cannot be sent again. */
  async saveNotKept(): Promise<void> {
    await this.save({ status: this.plan.status, headers: {}, body: undefined });
  }

  /** Without an answer that could be recorded, which is not the handler's doing. */
  async conclude(ended: Ended): Promise<void> {
    await (ended === 'done' ? this.saveNotKept() : this.giveUp(ended));
  }

  /** Without an answer to record. What of it is not known never runs again, if that is what was promised. */
  async giveUp(ended: Ended): Promise<void> {
    await this.transaction?.rollback();
    const isStrict = this.plan.options.guarantee === 'at-most-once';
    if (isStrict && ended === 'done') return this.saveNotKept();
    // After an effect the next attempt goes on where this one ended, whatever was promised.
    const counts = isStrict || this.attempt.hasEffects;
    const happened = counts && ended !== 'nothing' ? 'unknown' : 'nothing';
    const given = await this.attempt.release(happened);
    const outcome = this.attempt.leavesUncertain(happened) ? 'left-uncertain' : 'released';
    this.emit(given === 'lost' ? 'lost' : outcome);
  }

  /** After an error where none should be: ends the attempt all the same, or lets its lease end. */
  async salvage(ended: Ended, error: unknown): Promise<void> {
    this.settings.onBug(error);
    try {
      await this.conclude(ended);
    } catch (again) {
      this.settings.onBug(again);
    } finally {
      this.attempt.abandon();
    }
  }

  /** Another attempt took over: its answer is the answer. Where there is no other, ours is still true. */
  private winnersAnswer(record: StandingRecord | undefined): Substitute | undefined {
    if (!record) return undefined;
    const { platform, problems } = this.settings;
    switch (record.state) {
      case 'in-progress':
      case 'not-applied':
        return asProblemResponse('IDEMPOTENCY_LEASE_LOST', problems);
      case 'uncertain':
        return asProblemResponse('IDEMPOTENCY_UNCERTAIN', problems, { reference: this.attempt.ref.id });
      case 'expired':
        return asProblemResponse('IDEMPOTENCY_KEY_EXPIRED', problems);
      case 'completed': {
        const recorded = decodeResponse(record.response);
        if (!recorded.kept) return asProblemResponse('IDEMPOTENCY_RESPONSE_NOT_KEPT', problems);
        return asReplay(recorded, platform.headersOf(this.response));
      }
      default:
        return record satisfies never;
    }
  }
}
