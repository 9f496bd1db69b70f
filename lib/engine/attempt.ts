import type { CompleteResult, LeaseRef } from '../store/idempotency-store.js';
import type { EventSink } from './event-sink.js';
import type { IncidentEvent } from './events.js';
import type { StoreGateway } from './store-gateway.js';

/** What an attempt needs to know about its record. Durations in ms. */
export interface AttemptTerms {
  readonly ref: LeaseRef;
  readonly number: number;
  readonly operation: string;
  readonly lease: number;
  readonly keep: number;
}

/** `unsaved`: the store did not take the answer yet; the attempt goes on trying while it keeps its lease. */
export type SaveResult = CompleteResult | { readonly state: 'unsaved' };

/** Renewals that fit into a lease, and how often one that failed is tried again in it. */
const RENEWALS_PER_LEASE = 3;
const RETRIES_PER_LEASE = 10;

/** ms */
const FIRST_BACKOFF = 100;
const LONGEST_BACKOFF = 5_000;

/**
 * One execution of a handler: holds the lease, renews it, and ends by `complete` or `release`.
 * It is over when `settled` resolves; a save that failed goes on in the background until then.
 */
export class Attempt {
  private readonly controller = new AbortController();
  private renewal: NodeJS.Timeout | undefined;
  private over = false;
  /** Its handler has ended: the store is told, or will be. */
  private ending = false;
  /** A save is tried again in the background. */
  private saving = false;
  private markSettled!: () => void;
  private wakeBackoff: (() => void) | undefined;

  readonly settled = new Promise<void>((resolve) => (this.markSettled = resolve));

  constructor(
    private readonly gateway: StoreGateway,
    private readonly terms: AttemptTerms,
    private readonly events: EventSink,
  ) {
    this.scheduleRenewal(RENEWALS_PER_LEASE);
  }

  /** Fires when the lease is known to be lost: somebody else may run, and nothing of this attempt will be kept. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** 1 for the first attempt of a record. */
  get number(): number {
    return this.terms.number;
  }

  /** Records the answer for `retention` ms. Never rejects. */
  async complete(response: Uint8Array, retention: number): Promise<SaveResult> {
    this.ending = true;
    try {
      const result = await this.gateway.complete(this.terms.ref, response, retention);
      if (result.state === 'lost') this.lose();
      this.end();
      return result;
    } catch (error) {
      this.report('save-failed', error);
      this.saving = true;
      void this.saveInBackground(response, retention);
      return { state: 'unsaved' };
    }
  }

  /** Gives the key back: nothing happened. Never rejects; if it fails, the lease ends by itself. */
  async release(): Promise<'released' | 'lost' | 'failed'> {
    this.ending = true;
    this.stopRenewal();
    try {
      const answer = await this.gateway.release(this.terms.ref);
      if (answer === 'lost') this.lose();
      return answer;
    } catch (error) {
      this.report('release-failed', error);
      return 'failed';
    } finally {
      this.end();
    }
  }

  /** Does no more for its record: if that is still in progress, its lease ends by itself. */
  abandon(): void {
    if (!this.saving) this.end();
  }

  /** Stops trying: a save that waits is tried once more, at once, and then given up. Resolves when that is done. */
  async hurry(): Promise<void> {
    this.over = true;
    this.wakeBackoff?.();
    if (this.ending) await this.settled;
  }

  private scheduleRenewal(perLease: number): void {
    const ms = Math.max(1, Math.floor(this.terms.lease / perLease));
    this.renewal = setTimeout(() => void this.renew(), ms);
    this.renewal.unref();
  }

  private async renew(): Promise<void> {
    let perLease = RENEWALS_PER_LEASE;
    try {
      const answer = await this.gateway.extend(this.terms.ref, this.terms.lease, this.terms.keep);
      if (answer === 'lost' && this.renewal) return this.finished();
    } catch (error) {
      if (!this.renewal) return;
      this.report('renewal-failed', error);
      perLease = RETRIES_PER_LEASE;
    }
    if (this.renewal) this.scheduleRenewal(perLease);
  }

  /** There is nothing to renew any more. A save whose reply was lost looks like that, too: the next one will tell. */
  private finished(): void {
    if (this.ending) this.stopRenewal();
    else this.lose();
  }

  private stopRenewal(): void {
    clearTimeout(this.renewal);
    this.renewal = undefined;
  }

  private lose(): void {
    this.stopRenewal();
    if (this.controller.signal.aborted) return;
    this.report('lease-lost');
    this.controller.abort(new Error('The lease of this attempt was lost; another attempt may be running.'));
  }

  private end(): void {
    this.stopRenewal();
    this.markSettled();
  }

  private async saveInBackground(response: Uint8Array, retention: number): Promise<void> {
    for (let backoff = FIRST_BACKOFF; ; backoff = Math.min(backoff * 2, LONGEST_BACKOFF)) {
      await this.pause(backoff);
      try {
        const { state } = await this.gateway.complete(this.terms.ref, response, retention);
        if (state === 'lost') this.lose();
        else this.report('save-recovered');
        return this.end();
      } catch (error) {
        if (this.over) {
          this.report('save-failed', error);
          return this.end();
        }
      }
    }
  }

  private pause(ms: number): Promise<void> {
    if (this.over) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      timer.unref();
      this.wakeBackoff = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  private report(incident: IncidentEvent['incident'], error?: unknown): void {
    const { operation, ref } = this.terms;
    this.events.emit({
      kind: 'incident',
      incident,
      operation,
      recordId: ref.id,
      ...(error !== undefined && { error }),
    });
  }
}
