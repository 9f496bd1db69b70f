import { IdempotencyConfigurationError } from '../errors/idempotency-configuration.error.js';

/** Effects of one record. */
export const MAX_EFFECTS = 64;

/** @throws IdempotencyConfigurationError when it is no name for an effect */
export function checkEffectName(name: unknown): asserts name is string {
  if (typeof name === 'string' && /^[A-Za-z0-9_.:-]{1,64}$/.test(name)) return;
  throw new IdempotencyConfigurationError([
    `effect(): ${JSON.stringify(name)} is no name for an effect: 1 to 64 characters of A-Z, a-z, 0-9 and _ . : -`,
  ]);
}

/** @throws IdempotencyConfigurationError when a request has as many effects as it may */
export function checkEffectCount(name: string, before: number): void {
  if (before < MAX_EFFECTS) return;
  throw new IdempotencyConfigurationError([
    `effect("${name}"): this request has ${before} effects already, as many as it may. An effect is a step, not an item: ` +
      'give the downstream service a list, or run a job for each item with IdempotencyService.run().',
  ]);
}
