import type { HandlerPlan } from '../bootstrap/handler-plan.js';
import type { Attempt } from '../engine/attempt.js';
import type { Completed, InProgress } from '../store/idempotency-store.js';
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
    const result = await attempt.complete(response, plan.options.ttl);
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

  /** Nothing happened: the key is free. */
  async giveUp(): Promise<void> {
    const given = await this.attempt.release();
    this.settings.emit(given === 'lost' ? 'lost' : 'released', this.attempt.number);
  }

  /** After an error where none should be: ends the attempt all the same, or lets its lease end. */
  async salvage(isDone: boolean, error: unknown): Promise<void> {
    this.settings.onBug(error);
    try {
      await (isDone ? this.saveNotKept() : this.giveUp());
    } catch (again) {
      this.settings.onBug(again);
    } finally {
      this.attempt.abandon();
    }
  }

  /** Another attempt took over: its answer is the answer. Where there is no other, ours is still true. */
  private winnersAnswer(record: InProgress | Completed | undefined): Substitute | undefined {
    if (!record) return undefined;
    const { platform, problems } = this.settings;
    if (record.state === 'in-progress') return asProblemResponse('IDEMPOTENCY_LEASE_LOST', problems);
    const recorded = decodeResponse(record.response);
    if (!recorded.kept) return asProblemResponse('IDEMPOTENCY_RESPONSE_NOT_KEPT', problems);
    return asReplay(recorded, platform.headersOf(this.response));
  }
}
