import { Injectable } from '@nestjs/common';
import { IdempotencyContext, type EffectRun } from 'nestjs-idempotency';
import { CrashPoints, type Step } from '../demo-faults/crash-points.js';

/**
 * The steps of a request. One that is done and recorded is not done again by a retry after a crash: it gets the
 * result of the first time. One that was begun is run again with the key that it had, so each must be harmless
 * when done twice with one key.
 */
@Injectable()
export class Steps {
  constructor(
    private readonly context: IdempotencyContext,
    private readonly crashes: CrashPoints,
  ) {}

  run<T>(step: Step, work: (effect: EffectRun) => Promise<T>): Promise<T> {
    return this.context.effect(step, async (effect) => {
      const result = await work(effect);
      this.crashes.reached(step);
      return result;
    });
  }
}
