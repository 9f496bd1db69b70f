import { IDEMPOTENCY_DEFAULTS } from '../idempotency.options.js';
import type { HandlerPlan } from './handler-plan.js';
import type { ResolvedOptions } from './resolved-options.js';

/** A `ttl` below this, in ms, was probably meant in seconds or hours. */
const SUSPICIOUS_TTL = 1_000;

/** Options that are allowed and probably not meant, one sentence each. */
export function optionWarnings(
  { given, secrets }: Pick<ResolvedOptions, 'given' | 'secrets'>,
  plans: Iterable<Pick<HandlerPlan, 'label' | 'options'>>,
): string[] {
  const ofModule = given.ttl ?? IDEMPOTENCY_DEFAULTS.ttl;
  const short = [
    { where: 'IdempotencyModule', ttl: ofModule },
    // What a route inherits was said already.
    ...[...plans]
      .map(({ label, options }) => ({ where: `@Idempotent() on ${label}`, ttl: options.ttl }))
      .filter(({ ttl }) => ttl !== ofModule),
  ].filter(({ ttl }) => ttl < SUSPICIOUS_TTL);
  const warnings = short.map(
    ({ where, ttl }) =>
      `${where}: option "ttl" is ${ttl}. Durations are milliseconds: a retry that comes after ${ttl} ms gets no answer any more.`,
  );
  if (secrets.length === 0 && process.env['NODE_ENV'] === 'production') {
    warnings.push(
      'No secret is set, so whoever can read the store can test guesses of what a request said. ' +
        'Set `secret` in IdempotencyModule.forRoot(): at least 16 characters, the same in all processes.',
    );
  }
  return warnings;
}
