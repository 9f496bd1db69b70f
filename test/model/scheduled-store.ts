import type { Scheduler } from 'fast-check';
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
} from '../../lib/store/idempotency-store.js';
import { FaultyStore, type Fault, type FaultyOperation } from '../../lib/testing/faulty-store.js';

/** One process's way to the store: each call and each reply travels for as long as the scheduler likes. */
export class ScheduledStore extends IdempotencyStore {
  readonly capabilities;
  /** Its process was killed: what has not arrived never will. */
  isDead = false;
  private readonly faulty: FaultyStore;

  constructor(
    store: IdempotencyStore,
    private readonly scheduler: Scheduler,
    private readonly onFault: (what: 'down' | 'up') => void,
  ) {
    super();
    this.faulty = new FaultyStore(store);
    this.capabilities = { ...store.capabilities, notifies: false };
  }

  fail(operation: FaultyOperation, fault: Fault): void {
    this.faulty.fail(operation, fault);
  }

  heal(): void {
    this.faulty.recover();
  }

  override acquire = (claim: Claim) => this.travel('acquire', () => this.faulty.acquire(claim));
  override extend = (ref: LeaseRef, lease: number, keep: number) =>
    this.travel('extend', () => this.faulty.extend(ref, lease, keep));
  override complete = (ref: LeaseRef, response: Uint8Array, retention: Retention) =>
    this.travel('complete', () => this.faulty.complete(ref, response, retention));
  override release = (ref: LeaseRef | ClaimRef, happened: Happened) =>
    this.travel('release', () => this.faulty.release(ref, happened));
  override recordEffect = (ref: LeaseRef, effect: Effect, onLapse: OnLapse) =>
    this.travel('recordEffect', () => this.faulty.recordEffect(ref, effect, onLapse));
  override look = (id: string) => this.travel('look', () => this.faulty.look(id));
  override list = (query: RecordQuery) => this.travel('list', () => this.faulty.list(query));
  override resolve = (ref: LeaseRef, resolution: Resolution) =>
    this.travel('resolve', () => this.faulty.resolve(ref, resolution));
  override remove = (id: string) => this.travel('remove', () => this.faulty.remove(id));

  private async travel<Result>(name: string, call: () => Promise<Result>): Promise<Result> {
    await this.arrive(`${name} →`);
    try {
      const result = await call();
      await this.arrive(`${name} ←`);
      return result;
    } catch (error) {
      this.onFault('down');
      this.onFault('up');
      throw error;
    }
  }

  private async arrive(label: string): Promise<void> {
    if (!this.isDead) await this.scheduler.schedule(Promise.resolve(), label);
    if (this.isDead) await new Promise(() => undefined);
  }
}
