import { AsyncLocalStorage } from 'node:async_hooks';
import type { CompleteResult, Happened, LeaseRef, Retention } from '../store/idempotency-store.js';
import type { AttemptSurroundings, AttemptTerms } from './attempt-terms.js';
import { Backoff } from './backoff.js';
import { Effects, type EffectOutcome, type EffectRetry, type EffectWork } from './effects.js';
import type { IncidentEvent } from './events.js';
import type { FaultPoint } from './fault-points.js';
import { Latch } from './latch.js';
import type { Ticket, TimerQueue } from './timer-queue.js';

type Incident = IncidentEvent['incident'];

/** `unsaved`: the store did not take the answer yet; the attempt goes on trying while it keeps its lease. */
export type SaveResult = CompleteResult | { readonly state: 'unsaved' };

/** Renewals that fit into a lease, and how often one that failed is tried again in it. */
const RENEWALS_PER_LEASE = 3;
const RETRIES_PER_LEASE = 10;

/**
 * One execution of a handler: holds the lease, renews it, and ends by `complete` or `release`.
 * It is over when `settled` resolves; what the store did not take is tried again in the background until then.
 */
export class Attempt {
  /** Made when it is asked for, like the effects. */
  private aborter: AbortController | undefined;
  private askedIn: ((run: () => void) => void) | undefined;
  private effects: Effects | undefined;
  private readonly over = new Latch();
  private readonly backoff = new Backoff();
  private renewal: { readonly queue: TimerQueue; readonly ticket: Ticket } | undefined;
  /** Its handler has ended: the store is told, or will be. */
  private ending = false;
  /** Its end is told again in the background. */
  private insisting = false;
  private isLost = false;

  constructor(
    private readonly terms: AttemptTerms,
    private readonly surroundings: AttemptSurroundings,
  ) {
    this.scheduleRenewal(RENEWALS_PER_LEASE);
    if (terms.effects.length > 0) this.effects = this.makeEffects();
  }

  /** Resolves when the attempt is over. */
  get settled(): Promise<void> {
    return this.over.opened;
  }

  /** Fires when the lease is known to be lost: somebody else may run, and nothing of this attempt will be kept. */
  get signal(): AbortSignal {
    if (!this.aborter) {
      this.aborter = new AbortController();
      // Who listens hears it in his own asynchronous context.
      this.askedIn = AsyncLocalStorage.snapshot();
      if (this.isLost) this.abort();
    }
    return this.aborter.signal;
  }

  /** Its record, and its right to write it. */
  get ref(): LeaseRef {
    return this.terms.ref;
  }

  /** 1 for the first attempt of a record. */
  get number(): number {
    return this.terms.number;
  }

  /** Tells a test that the attempt has come here, and waits for it; nothing when nobody probes. */
  reach(point: FaultPoint): Promise<void> | undefined {
    return this.surroundings.reach(point, this.terms);
  }

  /** Has a named effect, once for all attempts of the record; see `Effects`. */
  effect(name: string, retry: EffectRetry, work: EffectWork): Promise<EffectOutcome> {
    this.effects ??= this.makeEffects();
    return this.effects.run(name, retry, work);
  }

  /** Whether this attempt or one before it has, or may have, had an effect. */
  get hasEffects(): boolean {
    return this.effects?.any ?? false;
  }

  /** Whether an end without an answer, as `release` is told of it, leaves the record uncertain. */
  leavesUncertain(happened: Happened): boolean {
    const onLapse = this.effects?.onLapse ?? this.terms.onLapse;
    return this.tellOf(happened) === 'unknown' && onLapse === 'uncertain';
  }

  /** Records the answer. Never rejects. */
  async complete(response: Uint8Array, retention: Retention): Promise<SaveResult> {
    this.ending = true;
    this.effects?.close();
    const remember = this.remembering(response, retention);
    const save = () => this.surroundings.gateway.complete(this.terms.ref, response, retention);
    try {
      const before = this.reach('before-save');
      if (before) await before;
      const result = await save();
      if (result.state === 'completed') remember?.();
      const after = this.reach('after-save');
      if (after) await after;
      if (result.state === 'lost') this.lose();
      this.end();
      return result;
    } catch (error) {
      this.report('save-failed', error);
      const saveAgain = async () => {
        const { state } = await save();
        if (state === 'completed') remember?.();
        return state;
      };
      void this.insist(saveAgain, 'save-failed', 'save-recovered');
      return { state: 'unsaved' };
    }
  }

  /**
   * Ends the attempt without an answer: `nothing` happened, and the key is free; or what happened is `unknown`, and the
   * lease ends at once; so it does after an effect that is known to have happened, whatever is said. Never rejects.
   */
  async release(said: Happened): Promise<'released' | 'lost' | 'failed'> {
    this.ending = true;
    // Renewed until then.
    if (this.hasEffects) await this.effects!.rest(this.terms.lease);
    const happened = this.tellOf(said);
    this.stopRenewal();
    this.effects?.close();
    const release = async () => {
      // What the next attempt finds, it need not do again.
      if (happened === 'unknown') await this.effects?.flush();
      const answer = await this.surroundings.gateway.release(this.terms.ref, happened);
      if (answer === 'released' && this.leavesUncertain(happened)) this.surroundings.onUncertain(this.terms);
      return answer;
    };
    try {
      const answer = await release();
      if (answer === 'lost') this.lose();
      this.end();
      return answer;
    } catch (error) {
      this.report('release-failed', error);
      void this.insist(release, 'release-failed', 'release-recovered');
      return 'failed';
    }
  }

  /**
   * To be called before the store is told the answer: gives what to call when the store has it for certain. Nothing where
   * answers are not remembered.
   */
  remembering(response: Uint8Array, retention: Retention): (() => void) | undefined {
    const { replays } = this.surroundings;
    if (!replays) return undefined;
    const { ref, fingerprint } = this.terms;
    const since = replays.moment();
    return () => replays.keep(ref.id, { fingerprint, response }, retention.response, since);
  }

  /** Renews no more: its end is on its way, and a renewal would take it for a loss. It still runs. */
  stopRenewing(): void {
    this.ending = true;
    this.stopRenewal();
  }

  /** Does no more for its record: if that is still in progress, its lease ends by itself. */
  abandon(): void {
    if (!this.insisting) this.end();
  }

  /** Stops trying: what waits is tried once more, at once, and then given up. Resolves when that is done. */
  async hurry(): Promise<void> {
    this.backoff.hurry();
    if (this.ending) await this.settled;
  }

  /** The key is not free while there are effects that the next attempt has to know of. */
  private tellOf(happened: Happened): Happened {
    return !this.effects || this.effects.mayBeNothing ? happened : 'unknown';
  }

  private scheduleRenewal(perLease: number): void {
    const ms = Math.max(1, Math.floor(this.terms.lease / perLease));
    const queue = this.surroundings.renewals.of(ms);
    this.renewal = { queue, ticket: queue.add(() => void this.renew()) };
  }

  private async renew(): Promise<void> {
    const { ref, lease, keep } = this.terms;
    let perLease = RENEWALS_PER_LEASE;
    try {
      const answer = await this.surroundings.gateway.extend(ref, lease, keep);
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
    if (!this.renewal) return;
    this.renewal.queue.cancel(this.renewal.ticket);
    this.renewal = undefined;
  }

  private lose(): void {
    this.stopRenewal();
    if (this.isLost) return;
    this.isLost = true;
    this.report('lease-lost');
    this.abort();
  }

  private abort(): void {
    const reason = new Error('The lease of this attempt was lost; another attempt may be running.');
    this.askedIn?.(() => this.aborter?.abort(reason));
  }

  private end(): void {
    this.stopRenewal();
    this.surroundings.onSettled(this);
    this.over.open();
  }

  private makeEffects(): Effects {
    const { terms, surroundings } = this;
    const { ref, number, onLapse, effects, effectKey } = terms;
    return new Effects(
      {
        onLapse,
        record: (effect, then) => surroundings.gateway.recordEffect(ref, effect, then),
        runOf: (name) => ({ key: effectKey(name), signal: this.signal, attempt: number }),
        hasEnded: () => this.ending,
        isLost: () => this.isLost,
        lose: () => this.lose(),
        report: (incident, error) => this.report(incident, error),
        reach: (point, effect) => surroundings.reach(point, terms, effect),
      },
      effects,
    );
  }

  /** Tells the store again, in the background, until it takes it. */
  private async insist(tell: () => Promise<string>, failed: Incident, recovered: Incident): Promise<void> {
    this.insisting = true;
    for (;;) {
      await this.backoff.pause();
      const isLastTry = this.backoff.isHurried;
      try {
        const isLost = (await tell()) === 'lost';
        if (!isLost) this.report(recovered);
        // A key that another attempt took over meanwhile needs no release any more.
        else if (failed === 'save-failed') this.lose();
        return this.end();
      } catch (error) {
        if (!isLastTry) continue;
        this.report(failed, error);
        return this.end();
      }
    }
  }

  private report(incident: Incident, error?: unknown): void {
    const { operation, ref } = this.terms;
    this.surroundings.events.emit({
      kind: 'incident',
      incident,
      operation,
      recordId: ref.id,
      ...(error !== undefined && { error }),
    });
  }
}
