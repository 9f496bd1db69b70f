import { IdempotencyStore } from '../../../lib/store/idempotency-store.js';
import type {
  Acquired,
  AcquireResult,
  Claim,
  ClaimRef,
  Effect,
  LeaseRef,
  OnLapse,
  RecordEntry,
  RecordQuery,
  Resolution,
  Retention,
  StandingRecord,
  StoreCapabilities,
} from '../../../lib/store/idempotency-store.js';
import type { Row, Storage } from './storage.js';

/** The steps that the operations of a `ReferenceStore` are made of, each for a broken store to override. */
export abstract class ReferenceSteps extends IdempotencyStore {
  readonly capabilities: StoreCapabilities = {
    name: 'reference',
    durable: true,
    shared: true,
    clock: 'server',
    notifies: true,
  };

  constructor(protected readonly storage: Storage) {
    super();
  }

  protected now(): number {
    return this.storage.clock.now();
  }

  /** When something ends that begins now and lasts `ms`. */
  protected after(ms: number): number {
    return this.now() + ms;
  }

  protected keyOf(id: string): string {
    return id;
  }

  protected read(id: string): Row | undefined {
    const row = this.storage.rows.get(this.keyOf(id));
    if (!row || row.ends <= this.now()) return undefined;
    if (row.phase === 'completed' && row.responseEnds <= this.now()) this.bury(row);
    return row;
  }

  protected bury(row: Row): void {
    row.phase = 'expired';
    delete row.response;
    delete row.note;
  }

  protected make(claim: Claim): AcquireResult {
    const { id, fingerprint, scope, operation, token, onLapse } = claim;
    const row: Row = {
      ...{ id, fingerprint, scope, operation, token, onLapse },
      phase: 'open',
      fence: this.nextFence(claim.id),
      attempt: 1,
      made: this.now(),
      since: this.now(),
      leaseEnds: this.after(claim.lease),
      ends: this.kept(onLapse, claim.keep),
      keep: claim.keep,
      effects: [],
      responseEnds: 0,
      awaited: false,
    };
    this.storage.rows.set(this.keyOf(claim.id), row);
    return { state: 'acquired', fence: row.fence, attempt: 1 };
  }

  /** When a row in progress ends. */
  protected kept(onLapse: OnLapse, keep: number): number {
    return onLapse === 'uncertain' ? Infinity : this.after(keep);
  }

  protected uncertain(row: Row, claim?: Claim): boolean {
    if (row.phase !== 'open' || row.leaseEnds > this.now()) return false;
    return row.onLapse === 'uncertain' || claim?.onLapse === 'uncertain';
  }

  protected mayTakeOver(row: Row, claim: Claim): boolean {
    if (row.phase !== 'open') return row.phase === 'not-applied';
    if (this.uncertain(row, claim)) return false;
    return row.leaseEnds <= this.now() && row.fingerprint === claim.fingerprint;
  }

  protected takeOver(row: Row, claim: Claim): AcquireResult {
    row.fence = this.nextFence(row.id);
    row.attempt += 1;
    const { fingerprint, scope, operation, token, onLapse } = claim;
    Object.assign(row, { phase: 'open', fingerprint, scope, operation, token, onLapse, since: this.now() });
    row.leaseEnds = this.after(claim.lease);
    row.ends = this.kept(onLapse, claim.keep);
    row.keep = claim.keep;
    return this.acquired(row);
  }

  protected acquired({ fence, attempt, effects }: Row): Acquired {
    const acquired = { state: 'acquired', fence, attempt } as const;
    if (effects.length === 0) return acquired;
    return { ...acquired, effects: effects.map((effect) => this.copy(effect)) };
  }

  /** An effect on its way in or out. */
  protected copy({ name, result }: Effect): Effect {
    return result ? { name, result: new Uint8Array(result) } : { name };
  }

  protected refuse(row: Row, claim: Claim): void {
    if (claim.waiting && row.phase === 'open') row.awaited = true;
  }

  protected nextFence(_id: string): number {
    return (this.storage.lastFence += 1);
  }

  protected owns(row: Row, ref: LeaseRef): boolean {
    return row.phase === 'open' && row.fence === ref.fence;
  }

  protected mayExtend(row: Row, ref: LeaseRef): boolean {
    return this.owns(row, ref);
  }

  protected mayComplete(row: Row, ref: LeaseRef): boolean {
    return this.owns(row, ref);
  }

  protected mayRecord(row: Row, ref: LeaseRef): boolean {
    return this.owns(row, ref);
  }

  protected mayRelease(row: Row, ref: LeaseRef): boolean {
    return this.owns(row, ref);
  }

  /** By the token of its claim. */
  protected claimed(row: Row, ref: ClaimRef): boolean {
    return row.phase === 'open' && row.token === ref.token;
  }

  protected mayResolve(row: Row, ref: LeaseRef): boolean {
    return this.owns(row, ref) && this.uncertain(row);
  }

  protected mayRemove(row: Row): boolean {
    return row.phase !== 'open' || row.leaseEnds <= this.now();
  }

  protected prolong(row: Row, lease: number, keep: number): void {
    row.leaseEnds = this.after(lease);
    row.ends = this.kept(row.onLapse, keep);
    row.keep = keep;
  }

  protected addEffect(row: Row, effect: Effect): void {
    const at = row.effects.findIndex(({ name }) => name === effect.name);
    row.effects.splice(at < 0 ? row.effects.length : at, at < 0 ? 0 : 1, this.copy(effect));
  }

  /** Says anew what comes when the lease is over. */
  protected setLapse(row: Row, onLapse: OnLapse): void {
    if (row.onLapse === onLapse) return;
    row.onLapse = onLapse;
    row.ends = this.kept(onLapse, row.keep);
  }

  protected forgetEffects(row: Row): void {
    row.effects = [];
  }

  protected finish(row: Row, response: Uint8Array, retention: Retention): void {
    row.phase = 'completed';
    this.forgetEffects(row);
    row.response = this.take(response);
    row.responseEnds = this.after(retention.response);
    row.ends = this.after(retention.response + retention.tombstone);
  }

  protected settle(row: Row, resolution: Resolution): void {
    row.fence = this.nextFence(row.id);
    row.note = resolution.note;
    if (resolution.as === 'completed') return this.finish(row, resolution.response, resolution.retention);
    row.phase = 'not-applied';
    this.forgetEffects(row);
    row.ends = this.after(resolution.keep);
  }

  /** An attempt says that it does not know what happened. */
  protected lapse(row: Row): void {
    row.leaseEnds = Math.min(row.leaseEnds, this.now());
  }

  protected erase(row: Row): void {
    this.drop(row);
  }

  protected drop(row: Row): void {
    this.storage.rows.delete(this.keyOf(row.id));
  }

  /** Bytes on their way in. */
  protected take(bytes: Uint8Array): Uint8Array {
    return new Uint8Array(bytes);
  }

  /** Bytes on their way out. */
  protected give(bytes: Uint8Array): Uint8Array {
    return new Uint8Array(bytes);
  }

  protected describe(row: Row, claim?: Claim): StandingRecord {
    const { fingerprint, attempt, fence, phase, response } = row;
    if (response) return { state: 'completed', fingerprint, response: this.give(response) };
    if (phase === 'expired') return { state: 'expired', fingerprint };
    if (phase === 'not-applied') return { state: 'not-applied', fingerprint, attempt };
    if (this.uncertain(row, claim)) return { state: 'uncertain', fingerprint, attempt, fence };
    return { state: 'in-progress', fingerprint, attempt, leaseRemaining: this.remaining(row) };
  }

  protected entry(row: Row): RecordEntry {
    const { id, scope, operation, fence, attempt, note } = row;
    const { state } = this.describe(row);
    const ends = state === 'completed' ? row.responseEnds : row.ends;
    const endsIn = ends === Infinity ? {} : { endsIn: Math.ceil(ends - this.now()) };
    if (state === 'expired') return { id, state, scope, ...endsIn };
    const settled = { id, state, scope, fence, attempt, ...endsIn, ...(note === undefined ? {} : { note }) };
    if (row.phase !== 'open') return settled;
    const runningFor = Math.floor(this.now() - row.since);
    return { ...settled, operation, runningFor, leaseRemaining: this.remaining(row) };
  }

  protected isBehind(id: string, cursor: string | undefined): boolean {
    return cursor === undefined || id > cursor;
  }

  protected pageSize(query: RecordQuery): number {
    return query.limit;
  }

  /** The entry of the row with this id, if it is asked for. */
  protected matches(id: string, query: RecordQuery): RecordEntry[] {
    const { states, scopes, idPrefix = '', runningFor } = query;
    const scope = this.storage.rows.get(id)?.scope ?? '';
    if (!id.startsWith(idPrefix) || (scopes && !scopes.includes(scope))) return [];
    const row = this.read(id);
    const entry = row && this.entry(row);
    if (!entry || (states && !states.includes(entry.state))) return [];
    return runningFor === undefined || (entry.runningFor ?? -1) >= runningFor ? [entry] : [];
  }

  protected remaining(row: Row): number {
    return Math.max(0, Math.ceil(row.leaseEnds - this.now()));
  }

  protected tell(row: Row, _what: 'completed' | 'released' | 'resolved'): void {
    if (!row.awaited) return;
    for (const { listener } of this.storage.watches) {
      try {
        listener(row.id);
      } catch {
        // Contained, as the contract asks.
      }
    }
  }
}
