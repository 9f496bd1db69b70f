import type { FaultPoint } from '../../lib/engine/fault-points.js';
import type { Platform } from './create-app.js';

export type Guarantee = 'at-least-once' | 'at-most-once';
export type MatrixStore = 'memory' | 'redis';
export type StoreOperation = 'acquire' | 'extend' | 'complete' | 'release';
/** What a store in memory can do wrong: never answer; do it and never answer; answer and not do it. */
export type MemoryFault = 'the store times out' | 'its reply is lost' | 'the store loses the write';
/** How the handler ends: with its effect and a 201; with its effect and a 500; without an effect and with a 429. */
export type Ending = 'well' | 'failing' | 'declining';

/** How a process of the matrix is set up: an application for each platform on each store. Durations in ms. */
export interface MatrixSettings {
  readonly lease: number;
  readonly storeTimeout: number;
  readonly prefix: string;
  /** Of the store, perhaps through a proxy. */
  readonly storePort: number;
  /** Where effects are counted. */
  readonly effectPort: number;
}

export type ToMatrix =
  /** The first request for this key stops at each of these points. */
  | { readonly kind: 'hold'; readonly key: string; readonly points: readonly FaultPoint[] }
  /** Lets it go on from the point where it is, or throws there. */
  | { readonly kind: 'go'; readonly key: string; readonly throws?: boolean }
  /** Sends itself a signal; if it lives on, all that is held goes on. */
  | { readonly kind: 'raise'; readonly signal: 'SIGKILL' | 'SIGSTOP' }
  /** The next call of this operation for this key, on the store in memory, goes wrong. */
  | {
      readonly kind: 'break';
      readonly key: string;
      readonly operation: StoreOperation;
      readonly fault: MemoryFault;
    };

export type FromMatrix =
  | { readonly kind: 'listens'; readonly urls: Record<`${Platform} ${MatrixStore}`, string> }
  | { readonly kind: 'reached'; readonly key: string; readonly point: FaultPoint; readonly recordId: string }
  | { readonly kind: 'incident'; readonly incident: string; readonly recordId: string }
  | { readonly kind: 'broken'; readonly key: string }
  | { readonly kind: 'bug'; readonly error: string };
