import type { HandlerPlan } from '../bootstrap/handler-plan.js';
import type { Attempt } from '../engine/attempt.js';
import type { StandingRecord } from '../store/idempotency-store.js';
import type { Ended } from './ended.js';
import type { ExchangeSettings } from './exchange-settings.js';
import type { Head, Substitute, WireAnswer } from './platform/http-platform.js';
import { decodeResponse, encodeResponse } from './recorded-response.js';
import { asProblemResponse, asReplay } from './replay.js';
import { replayableHeaders } from './replayable-headers.js';

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
  ) {}

  /** What is to be sent instead, if another attempt won. */
  async save(wire: WireAnswer): Promise<Substitute | undefined> {
    const { attempt, plan, settings } = this;
    const headers = replayableHeaders(this.before.headers, wire.headers, settings.unreplayableHeaders);
    const response = encodeResponse({
      status: wire.status,
      headers,
      body: wire.body ?? new Uint8Array(),
      kept: wire.body !== undefined,
      ...(this.uploads !== undefined && { uploads: this.uploads }),
    });
    const { ttl, tombstone } = plan.options;
    const result = await attempt.complete(response, { response: ttl, tombstone });
    switch (result.state) {
      case 'completed':
        settings.emit('recorded', attempt.number);
        return undefined;
      case 'unsaved':
        settings.emit('unsaved', attempt.number);
        return undefined;
      case 'lost':
        settings.emit('lost', attempt.number);
        return this.winnersAnswer(result.record);
      default:
        return result satisfies never;
    }
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
    const isStrict = this.plan.options.guarantee === 'at-most-once';
    if (isStrict && ended === 'done') return this.saveNotKept();
    // After an effect the next attempt goes on where this one ended, whatever was promised.
    const counts = isStrict || this.attempt.hasEffects;
    const happened = counts && ended !== 'nothing' ? 'unknown' : 'nothing';
    const given = await this.attempt.release(happened);
    const outcome = this.attempt.leavesUncertain(happened) ? 'left-uncertain' : 'released';
    this.settings.emit(given === 'lost' ? 'lost' : outcome, this.attempt.number);
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
    const { platform, problems, reference } = this.settings;
    switch (record.state) {
      case 'in-progress':
      case 'not-applied':
        return asProblemResponse('IDEMPOTENCY_LEASE_LOST', problems);
      case 'uncertain':
        return asProblemResponse('IDEMPOTENCY_UNCERTAIN', problems, { reference });
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
