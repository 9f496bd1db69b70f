import {
  IdempotencyEngine,
  type EngineOptions,
  type Enquiry,
  type Ruling,
  type UncertainSighting,
} from '../../../lib/engine/engine.js';
import type { Attempt } from '../../../lib/engine/attempt.js';
import { EventSink } from '../../../lib/engine/event-sink.js';
import type { IdempotencyEvent } from '../../../lib/engine/events.js';
import type { StoreCapabilities } from '../../../lib/store/idempotency-store.js';
import { MemoryStore } from '../../../lib/store/memory/memory-store.js';
import { FaultStore } from '../../support/fault-store.js';

export const LEASE = 3_000;
export const TIMEOUT = 1_000;
export const ANSWER = Uint8Array.of(1, 2, 3);
export const KEPT = { response: 86_400_000, tombstone: 604_800_000 };

/** An engine on a memory store, with faults, under Jest's fake time. */
export class Harness {
  readonly events: IdempotencyEvent[] = [];
  readonly sightings: UncertainSighting[] = [];
  readonly memory = new MemoryStore();
  readonly store: FaultStore;
  readonly engine: IdempotencyEngine;

  constructor(capabilities: Partial<StoreCapabilities> = {}, options: Partial<EngineOptions> = {}) {
    this.store = new FaultStore(this.memory, capabilities);
    this.engine = this.another(this.store, options);
  }

  /** Another process, as far as the store can tell. */
  another(store: FaultStore = this.store, options: Partial<EngineOptions> = {}): IdempotencyEngine {
    const sink = new EventSink(
      (event) => this.events.push(event),
      () => undefined,
    );
    const onUncertain = (sighting: UncertainSighting) => this.sightings.push(sighting);
    const bounds = { storeTimeout: TIMEOUT, maxWaiters: 10_000, maxWaitersPerKey: 1_000 };
    return new IdempotencyEngine(store, { ...bounds, onUncertain, ...options }, sink);
  }

  get incidents(): string[] {
    return this.events.flatMap((event) => (event.kind === 'incident' ? [event.incident] : []));
  }

  async run(of: Partial<Enquiry> = {}, engine = this.engine): Promise<Attempt> {
    return attemptOf(await engine.begin(enquiry(of)));
  }

  kindOf = async (of: Partial<Enquiry> = {}): Promise<Ruling['kind']> =>
    (await this.engine.begin(enquiry(of))).kind;
}

export function enquiry(of: Partial<Enquiry> = {}): Enquiry {
  const fingerprint = of.fingerprint ?? 'question';
  return {
    id: 'id',
    operation: 'Orders.create',
    fingerprint,
    verify: (kept) => (kept === fingerprint ? 'same' : 'different'),
    scope: 'scope',
    onLapse: 'rerun',
    lease: LEASE,
    keep: 60_000,
    wait: 0,
    ...of,
  };
}

export function attemptOf(ruling: Ruling): Attempt {
  if (ruling.kind !== 'run') throw new Error(`Ruled ${ruling.kind}, not run.`);
  return ruling.attempt;
}

/** Time stands still but for `advance`; what needs no time runs on. */
export function fakeTime(): void {
  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
  });
  afterEach(() => {
    jest.useRealTimers();
  });
}

export const advance = (ms: number) => jest.advanceTimersByTimeAsync(ms);
