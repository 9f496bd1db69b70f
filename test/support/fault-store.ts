import {
  IdempotencyStore,
  type Claim,
  type ClaimRef,
  type Effect,
  type Happened,
  type LeaseRef,
  type OnLapse,
  type RecordQuery,
  type Resolution,
  type Retention,
  type StoreCapabilities,
  type Unwatch,
} from '../../lib/store/idempotency-store.js';
import { Gate } from './fault-gate.js';

type Operation =
  'acquire' | 'extend' | 'complete' | 'release' | 'recordEffect' | 'look' | 'list' | 'resolve' | 'remove';
/** Stands between a call and the store: `work` does it. */
export type Fault = <T>(work: () => Promise<T>) => Promise<T>;

export const BROKEN = new Error('ECONNRESET');

export const throws =
  (error: unknown = BROKEN): Fault =>
  () =>
    Promise.reject(error);
/** Never answers, and nothing happens. */
export const hangs: Fault = () => new Promise(() => undefined);
/** Happens; the answer never comes. */
export const losesReply: Fault = async (work) => {
  await work();
  return new Promise(() => undefined);
};
/** Happens; instead of the answer comes an error. */
export const breaksAfter: Fault = async (work) => {
  await work();
  throw BROKEN;
};
/** Happens when `gate` is opened. */
export const landsLate =
  (gate: Gate): Fault =>
  async (work) => {
    await gate.pass();
    return work();
  };
/** Happens at once; the answer comes when `gate` is opened. */
export const answersLate =
  (gate: Gate): Fault =>
  async (work) => {
    const answer = await work();
    await gate.pass();
    return answer;
  };

/** A real store with faults that a test switches on and off, and a count of what it was asked. */
export class FaultStore extends IdempotencyStore {
  readonly calls: Record<Operation | 'watch' | 'unwatch' | 'close', number> = {
    acquire: 0,
    extend: 0,
    complete: 0,
    release: 0,
    recordEffect: 0,
    look: 0,
    list: 0,
    resolve: 0,
    remove: 0,
    watch: 0,
    unwatch: 0,
    close: 0,
  };
  /** What was done, in order; renewals excepted, which depend on time. */
  readonly log: string[] = [];
  readonly capabilities: StoreCapabilities;
  override watch?: (listener: (id: string) => void) => Promise<Unwatch>;
  private readonly faults = new Map<Operation, { fault: Fault; left: number }>();
  private readonly watchers: { operation: Operation; call: number; tell: () => void }[] = [];

  constructor(
    private readonly store: IdempotencyStore,
    capabilities: Partial<StoreCapabilities> = {},
  ) {
    super();
    this.capabilities = { ...store.capabilities, ...capabilities };
    if (store.watch && this.capabilities.notifies) this.watch = (listener) => this.countedWatch(listener);
  }

  /** The next `times` calls of `operation` fail like this. */
  inject(operation: Operation, fault: Fault, times = 1): void {
    this.faults.set(operation, { fault, left: times });
  }

  /** All calls work from now on. */
  heal(): void {
    this.faults.clear();
  }

  /** Resolves when `operation` has been called `call` times in all. */
  called(operation: Operation, call: number): Promise<void> {
    if (this.calls[operation] >= call) return Promise.resolve();
    return new Promise((tell) => this.watchers.push({ operation, call, tell }));
  }

  override acquire(claim: Claim): ReturnType<IdempotencyStore['acquire']> {
    return this.through('acquire', () => this.store.acquire(claim));
  }

  override extend(ref: LeaseRef, lease: number, keep: number): ReturnType<IdempotencyStore['extend']> {
    return this.through('extend', () => this.store.extend(ref, lease, keep));
  }

  override complete(
    ref: LeaseRef,
    response: Uint8Array,
    retention: Retention,
  ): ReturnType<IdempotencyStore['complete']> {
    return this.through('complete', () => this.store.complete(ref, response, retention));
  }

  override release(ref: LeaseRef | ClaimRef, happened: Happened): ReturnType<IdempotencyStore['release']> {
    return this.through('release', () => this.store.release(ref, happened));
  }

  override recordEffect(
    ref: LeaseRef,
    effect: Effect,
    onLapse: OnLapse,
  ): ReturnType<IdempotencyStore['recordEffect']> {
    return this.through('recordEffect', () => this.store.recordEffect(ref, effect, onLapse));
  }

  override look(id: string): ReturnType<IdempotencyStore['look']> {
    return this.through('look', () => this.store.look(id));
  }

  override list(query: RecordQuery): ReturnType<IdempotencyStore['list']> {
    return this.through('list', () => this.store.list(query));
  }

  override resolve(ref: LeaseRef, resolution: Resolution): ReturnType<IdempotencyStore['resolve']> {
    return this.through('resolve', () => this.store.resolve(ref, resolution));
  }

  override remove(id: string): ReturnType<IdempotencyStore['remove']> {
    return this.through('remove', () => this.store.remove(id));
  }

  override async start(warn: (warning: string) => void): Promise<void> {
    await this.store.start?.(warn);
  }

  override async close(): Promise<void> {
    this.calls.close++;
    this.log.push('close');
    await this.store.close?.();
  }

  private async countedWatch(listener: (id: string) => void): Promise<Unwatch> {
    this.calls.watch++;
    const unwatch = await this.store.watch!(listener);
    return () => {
      this.calls.unwatch++;
      return unwatch();
    };
  }

  private through<T>(operation: Operation, work: () => Promise<T>): Promise<T> {
    const call = ++this.calls[operation];
    if (operation !== 'extend') this.log.push(operation);
    for (const watcher of this.watchers) {
      if (watcher.operation === operation && watcher.call <= call) watcher.tell();
    }
    const entry = this.faults.get(operation);
    if (!entry || entry.left <= 0) return work();
    entry.left--;
    return entry.fault(work);
  }
}
