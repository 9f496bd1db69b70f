import type { Effect, LeaseRef, OnLapse } from '../store/idempotency-store.js';
import type { Attempt } from './attempt.js';
import type { EventSink } from './event-sink.js';
import type { FaultPoint } from './fault-points.js';
import type { ReplayCache } from './replay-cache.js';
import type { StoreGateway } from './store-gateway.js';
import type { TimerQueues } from './timer-queue.js';

/** What an attempt needs to know about its record. Durations in ms. */
export interface AttemptTerms {
  readonly ref: LeaseRef;
  /** That the record keeps. */
  readonly fingerprint: string;
  readonly number: number;
  readonly operation: string;
  readonly lease: number;
  readonly keep: number;
  readonly onLapse: OnLapse;
  /** Of earlier attempts. */
  readonly effects: readonly Effect[];
  /** What an effect is told to call itself downstream. */
  readonly effectKey: (name: string) => string;
}

/** What an attempt needs of the engine. */
export interface AttemptSurroundings {
  readonly gateway: StoreGateway;
  /** Where answers are remembered, if they are. */
  readonly replays: ReplayCache | undefined;
  readonly events: EventSink;
  readonly renewals: TimerQueues;
  /** Nothing when nobody probes. */
  readonly reach: (point: FaultPoint, terms: AttemptTerms, effect?: string) => Promise<void> | undefined;
  /** The record of this attempt is uncertain from now on. */
  readonly onUncertain: (terms: AttemptTerms) => void;
  readonly onSettled: (attempt: Attempt) => void;
}
