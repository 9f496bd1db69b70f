import { AsyncLocalStorage } from 'node:async_hooks';
import { Injectable } from '@nestjs/common';

/** The steps of a request after which `X-Demo-Fault: crash@STEP` can kill the process. */
export const STEPS = ['reserve', 'charge', 'write', 'mail'] as const;
export type Step = (typeof STEPS)[number];

const fatal = new AsyncLocalStorage<Step>();

/** Runs the rest of a request, which is to die after `step`. */
export const dieAfter = <T>(step: Step, next: () => T): T => fatal.run(step, next);

/** Where a request can be made to die. */
@Injectable()
export class CrashPoints {
  /** The work of `step` is done, and nobody has noted it yet. */
  reached(step: Step): void {
    // As the kernel or an orchestrator would: no hook runs, nothing is flushed.
    if (fatal.getStore() === step) process.kill(process.pid, 'SIGKILL');
  }
}
