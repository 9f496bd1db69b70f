import type { Guarantee } from './history.js';
import type { Outcome } from './plan.js';

export type Platform = 'express' | 'fastify';

/** How a server process is set up: JSON in `CHAOS_SETTINGS`. Durations in ms. */
export interface ServerSettings {
  readonly name: string;
  readonly platform: Platform;
  readonly guarantee: Guarantee;
  readonly lease: number;
  readonly storeTimeout: number;
  /** Of the proxy before Redis. */
  readonly redisPort: number;
  readonly prefix: string;
  /** Path of the file to which every execution is written. */
  readonly journal: string;
}

/** Request header `x-chaos`, JSON: what to do if this request runs the handler. Not part of what is asked. */
export interface Orders {
  readonly request: string;
  /** ms */
  readonly work: number;
  readonly outcome: Outcome;
}

/** The only message of a server to its parent. */
export interface Listens {
  readonly url: string;
}
