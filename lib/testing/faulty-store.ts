import { StoreUnavailableError } from '../errors/store-unavailable.error.js';
import { IdempotencyStore } from '../store/idempotency-store.js';
import type {
  Claim,
  ClaimRef,
  Effect,
  Happened,
  LeaseRef,
  OnLapse,
  RecordQuery,
  Resolution,
  Retention,
  StoreCapabilities,
  Unwatch,
} from '../store/idempotency-store.js';

/** An operation of a store that can be made to fail. */
export type FaultyOperation =
  'acquire' | 'extend' | 'complete' | 'release' | 'recordEffect' | 'look' | 'list' | 'resolve' | 'remove';

/** How an operation fails. */
export interface Fault {
  /** How many calls fail. @default 1 */
  readonly times?: number;
  /** `true`: the operation happens, and only its reply is lost. @default false */
  readonly replyLost?: boolean;
  /** @default a `StoreUnavailableError` */
  readonly error?: Error;
}

/**
 * A store that fails when told, for tests of what an application does then:
 *
 * ```ts
 * const store = new FaultyStore(new MemoryStore());
 * store.fail('acquire', { times: Infinity }); // down, as far as new requests can tell
 * store.fail('complete', { replyLost: true }); // the response is recorded, and nobody knows
 * store.recover();
 * ```
 */
export class FaultyStore extends IdempotencyStore {
  readonly capabilities: StoreCapabilities;
  override readonly watch?: (listener: (id: string) => void) => Promise<Unwatch>;
  private readonly faults = new Map<FaultyOperation, Fault & { left: number }>();

  /** @param store does the work of every call that does not fail */
  constructor(private readonly store: IdempotencyStore) {
    super();
    this.capabilities = store.capabilities;
    if (store.watch) this.watch = store.watch.bind(store);
  }

  /** Makes the next calls of `operation` reject. Replaces what was said of it before. */
  fail(operation: FaultyOperation, fault: Fault = {}): void {
    this.faults.set(operation, { ...fault, left: fault.times ?? 1 });
  }

  /** Makes every operation work again. */
  recover(): void {
    this.faults.clear();
  }

  override acquire(claim: Claim): ReturnType<IdempotencyStore['acquire']> {
    return this.call('acquire', () => this.store.acquire(claim));
  }

  override extend(ref: LeaseRef, lease: number, keep: number): ReturnType<IdempotencyStore['extend']> {
    return this.call('extend', () => this.store.extend(ref, lease, keep));
  }

  override complete(
    ref: LeaseRef,
    response: Uint8Array,
    retention: Retention,
  ): ReturnType<IdempotencyStore['complete']> {
    return this.call('complete', () => this.store.complete(ref, response, retention));
  }

  override release(ref: LeaseRef | ClaimRef, happened: Happened): ReturnType<IdempotencyStore['release']> {
    return this.call('release', () => this.store.release(ref, happened));
  }

  override recordEffect(
    ref: LeaseRef,
    effect: Effect,
    onLapse: OnLapse,
  ): ReturnType<IdempotencyStore['recordEffect']> {
    return this.call('recordEffect', () => this.store.recordEffect(ref, effect, onLapse));
  }

  override look(id: string): ReturnType<IdempotencyStore['look']> {
    return this.call('look', () => this.store.look(id));
  }

  override list(query: RecordQuery): ReturnType<IdempotencyStore['list']> {
    return this.call('list', () => this.store.list(query));
  }

  override resolve(ref: LeaseRef, resolution: Resolution): ReturnType<IdempotencyStore['resolve']> {
    return this.call('resolve', () => this.store.resolve(ref, resolution));
  }

  override remove(id: string): ReturnType<IdempotencyStore['remove']> {
    return this.call('remove', () => this.store.remove(id));
  }

  override async start(warn: (warning: string) => void): Promise<void> {
    await this.store.start?.(warn);
  }

  override async close(): Promise<void> {
    await this.store.close?.();
  }

  private async call<Result>(operation: FaultyOperation, work: () => Promise<Result>): Promise<Result> {
    const fault = this.faults.get(operation);
    if (fault === undefined || fault.left <= 0) return work();
    fault.left -= 1;
    if (fault.replyLost) await work();
    throw fault.error ?? new StoreUnavailableError(`The test made ${operation}() fail.`);
  }
}
