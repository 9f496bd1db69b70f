import { IdempotencyEngine } from '../engine/engine.js';
import type { FaultProbe } from '../engine/fault-points.js';

/** The part of a Nest application that is needed: this entry point does not import Nest. */
interface Application {
  get(token: typeof IdempotencyEngine, options: { strict: false }): IdempotencyEngine;
}

/**
 * Calls `probe` at every fault point of an application, and waits for it: to throw, stop or kill the process between
 * what the library does and what it does next. `undefined` takes it away.
 *
 * ```ts
 * setFaultPoints(app, (point) => {
 *   if (point === 'after-handler') process.kill(process.pid, 'SIGKILL');
 * });
 * ```
 */
export function setFaultPoints(app: Application, probe: FaultProbe | undefined): void {
  app.get(IdempotencyEngine, { strict: false }).probe = probe;
}
