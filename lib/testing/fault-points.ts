import type { INestApplicationContext } from '@nestjs/common';
import { IdempotencyEngine } from '../engine/engine.js';
import type { FaultProbe } from '../engine/fault-points.js';

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
export function setFaultPoints(app: INestApplicationContext, probe: FaultProbe | undefined): void {
  app.get(IdempotencyEngine, { strict: false }).probe = probe;
}
