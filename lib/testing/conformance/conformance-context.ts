import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import type {
  Acquired,
  Claim,
  Effect,
  IdempotencyStore,
  LeaseRef,
  OnLapse,
  Retention,
} from '../../store/idempotency-store.js';
import type { ConformanceOptions } from './conformance-options.js';
import { expectAcquired } from './expectations.js';

/** A duration in ms that a check can wait for. */
export const SHORT = 40;
/** A duration in ms that never ends during a check, however slow the machine is. */
export const LONG = 600_000;
/** A response that outlives the check, and leaves no tombstone. */
export const KEPT: Retention = { response: LONG, tombstone: 0 };
/** A response for `ms`, and a tombstone for as long as it says. */
export const keptFor = (ms: number, tombstone = 0): Retention => ({ response: ms, tombstone });
/** The fingerprint of a claim that names no other. */
export const FINGERPRINT = 'v1:first';
/** The fingerprint of somebody who asks for something else. */
export const OTHER_FINGERPRINT = 'v1:other';

/** An attempt that got its lease. */
export interface Attempt {
  readonly claim: Claim;
  readonly ref: LeaseRef;
  readonly attempt: number;
}

/** What one check works with: its handles on the store, ids nobody else uses, and time. */
export class ConformanceContext {
  /** Tag of the records that this check makes, unless it names others. */
  readonly scope = randomBytes(16).toString('base64url');
  private readonly handles: IdempotencyStore[] = [];
  /** Records that would stay for ever. */
  private readonly lasting = new Set<string>();

  private constructor(private readonly options: ConformanceOptions) {}

  static async open(options: ConformanceOptions): Promise<ConformanceContext> {
    const context = new ConformanceContext(options);
    await context.another();
    return context;
  }

  /** The first handle. */
  get store(): IdempotencyStore {
    const [store] = this.handles;
    assert.ok(store, 'the context has no open handle');
    return store;
  }

  /** ms to wait for a notification. */
  get patience(): number {
    return this.options.patience ?? 4000;
  }

  /** A handle as another process would have it; where processes share nothing, the first one again. */
  async peer(): Promise<IdempotencyStore> {
    return this.store.capabilities.shared ? (this.handles[1] ?? (await this.another())) : this.store;
  }

  /** One more handle. */
  async another(): Promise<IdempotencyStore> {
    const store = await this.options.create();
    this.handles.push(store);
    await store.start?.(() => undefined);
    return store;
  }

  /** A legal record id that nobody used before. */
  newId(): string {
    return randomBytes(16).toString('base64url');
  }

  /** A claim on a new id whose lease and keep outlive the check, unless told otherwise. */
  claim(claim: Partial<Claim> = {}): Claim {
    const complete: Claim = {
      ...{ id: this.newId(), fingerprint: FINGERPRINT, lease: LONG, keep: LONG, onLapse: 'rerun' },
      ...{ token: this.newId(), scope: this.scope, operation: 'POST /conformance' },
      ...claim,
    };
    if (complete.onLapse === 'uncertain') this.lasting.add(complete.id);
    return complete;
  }

  /** Records an effect as the owner, who must be one; what then is uncertain is removed after the check. */
  async recordEffect(ref: LeaseRef, effect: Effect, onLapse: OnLapse = 'rerun'): Promise<void> {
    assert.ok(await this.recordsEffect(ref, effect, onLapse), 'the owner could not record an effect');
  }

  /** The same for one whose record may be over by now; whether it was not. */
  async recordsEffect(ref: LeaseRef, effect: Effect, onLapse: OnLapse): Promise<boolean> {
    if (onLapse === 'uncertain') this.lasting.add(ref.id);
    return (await this.store.recordEffect(ref, effect, onLapse)) === 'recorded';
  }

  /** The next attempt of another process, once this one has said that it does not know how it ended. */
  async passOn({ claim, ref }: Attempt): Promise<Attempt & { readonly effects: readonly Effect[] }> {
    assert.equal(await this.store.release(ref, 'unknown'), 'released');
    const next = { ...claim, token: this.newId() };
    const peer = await this.peer();
    const { fence, attempt, effects = [] }: Acquired = expectAcquired(await peer.acquire(next));
    return { claim: next, ref: { id: claim.id, fence }, attempt, effects };
  }

  /** Acquires a record that must be free. */
  async begin(claim: Partial<Claim> = {}, store = this.store): Promise<Attempt> {
    const complete = this.claim(claim);
    const { fence, attempt } = expectAcquired(await store.acquire(complete));
    return { claim: complete, ref: { id: complete.id, fence }, attempt };
  }

  /** An attempt whose lease is over and that nobody took over. */
  async beginAndLapse(claim: Partial<Claim> = {}): Promise<Attempt> {
    const attempt = await this.begin({ lease: SHORT, ...claim });
    await this.elapse(SHORT);
    return attempt;
  }

  /** A stale attempt and the one, of another process, that took its record over. */
  async beginAndLose(winner: Partial<Claim> = {}): Promise<{ stale: Attempt; winner: Attempt }> {
    const stale = await this.beginAndLapse();
    const claim = { ...stale.claim, lease: LONG, token: this.newId(), ...winner };
    return { stale, winner: await this.begin(claim, await this.peer()) };
  }

  /** An attempt that ended without a word, on a record that nobody may run again. Takes no time. */
  async beginUncertain(claim: Partial<Claim> = {}): Promise<Attempt> {
    const attempt = await this.begin({ onLapse: 'uncertain', ...claim });
    assert.equal(await this.store.release(attempt.ref, 'unknown'), 'released');
    return attempt;
  }

  /** Lets `ms` milliseconds, and a little more, pass on the store's clock. */
  async elapse(ms: number): Promise<void> {
    await (this.options.advance ?? sleep)(ms + 10);
  }

  /**
   * For a check that must act before some duration is over: runs `attempt` with longer and longer durations
   * (ms) until it says that it was in time.
   */
  async inTime(attempt: (ms: number) => Promise<boolean>): Promise<void> {
    for (const ms of [SHORT, 4 * SHORT, 16 * SHORT, 64 * SHORT]) {
      if (await attempt(ms)) return;
    }
    assert.fail('the record was over before its time, every time');
  }

  /** Removes the records of this check that would stay for ever, as far as the store lets it. */
  async cleanUp(): Promise<void> {
    for (const id of this.lasting) {
      const record = await this.store.look(id);
      if (record?.fence !== undefined) await this.store.release({ id, fence: record.fence }, 'nothing');
      await this.store.remove(id);
    }
  }

  /** Closes every handle, as the processes that had them would. */
  async close(): Promise<void> {
    for (const store of this.handles.splice(0)) {
      await store.close?.();
      await this.options.destroy?.(store);
    }
  }
}
