import type * as model from '../model/history.js';

/** The two promises that can be checked from outside: a handler may run again after a fault, or never by itself. */
export type Guarantee = 'at-least-once' | 'at-most-once';

/** Clock of all processes of this machine, in ms with fractions. Never goes back, stands still for nobody. */
export const now = (): number => Number(process.hrtime.bigint() / 1_000n) / 1_000;

/** A history with what is known when the servers are real. `process` of a request is its client. */
export type HistoryEvent =
  | Requested
  | Answered
  | (model.Unanswered & { readonly why: string })
  | Entered
  | (model.Executed & OfRun)
  | (model.Left & OfRun)
  | model.ProcessEvent
  | Paused
  | Trouble
  | Calm;

export interface Requested extends model.Requested {
  /** Name of the server it was sent to. */
  readonly server: string;
}

export interface Answered extends model.Answered {
  readonly body: string;
}

/** Written by the handler itself, outside of the library, to a file that survives its process. */
export interface OfRun {
  /** Of this execution of the handler; unique in a history. */
  readonly run: string;
}

export interface Entered extends model.Entered, OfRun {
  readonly request: string;
}

/** The process did not run from `at` to `until`. */
export interface Paused extends model.ProcessEvent {
  readonly kind: 'paused';
  readonly until: number;
  readonly what: string;
}

/** The store could not be reached, or not be relied on, from `at` to `until`; by every process unless one is named. */
export interface Trouble {
  readonly kind: 'trouble';
  readonly at: number;
  readonly process?: string;
  readonly until: number;
  readonly what: string;
}

/** All faults are over, for good. */
export interface Calm {
  readonly kind: 'calm';
  readonly at: number;
}

/** What a run promised; the checker holds the history against it. Durations in ms. */
export interface Terms {
  readonly guarantee: Guarantee;
  readonly lease: number;
  readonly storeTimeout: number;
  /** How long clients and servers may take to be themselves again after a fault. */
  readonly recovery: number;
  /** After the last fault, every key has a final answer within the lease and this. */
  readonly margin: number;
}
