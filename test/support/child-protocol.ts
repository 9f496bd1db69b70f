import type { Platform } from './create-app.js';

/** How a child process is set up. Durations in ms. */
export interface ChildSettings {
  readonly name: string;
  readonly platform: Platform;
  readonly lease: number;
  /** Of the route `brief`. @default `lease` */
  readonly shortLease?: number;
  readonly wait?: number;
  /** Added to what `Date.now()` says in this process. */
  readonly clockSkew?: number;
  /** Without it, records are kept in memory. */
  readonly redis?: { readonly port: number; readonly prefix: string };
  /** More module options, JSON only. */
  readonly module?: object;
}

export type ToChild =
  /** Lets the handler for this key end; a status of 400 or more makes it throw. */
  | { readonly kind: 'end'; readonly key: string; readonly status?: number }
  /** Blocks the event loop. */
  | { readonly kind: 'block'; readonly ms: number }
  /** Is answered when everything before it has been told. */
  | { readonly kind: 'ping' }
  /** Closes the application. */
  | { readonly kind: 'close' };

export type FromChild =
  | { readonly kind: 'listens'; readonly url: string }
  | { readonly kind: 'runs'; readonly key: string; readonly attempt: number }
  | { readonly kind: 'aborted'; readonly key: string; readonly attempt: number }
  | { readonly kind: 'outcome'; readonly outcome: string }
  | { readonly kind: 'incident'; readonly incident: string }
  | { readonly kind: 'pong' }
  | { readonly kind: 'store-closed' }
  | { readonly kind: 'closed'; readonly resources: readonly string[] }
  | { readonly kind: 'bug'; readonly error: string };
