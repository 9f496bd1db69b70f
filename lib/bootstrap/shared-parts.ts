import type { ApplicationConfig, ModulesContainer } from '@nestjs/core';
import type { IdempotencyEngine } from '../engine/engine.js';
import { IdempotencyConfigurationError } from '../errors/idempotency-configuration.error.js';
import type { HttpRuntime } from '../http/http-runtime.js';
import type { IdempotencyModuleOptions } from '../idempotency.options.js';
import type { IdempotencyStore } from '../store/idempotency-store.js';
import { defined } from './merge-options.js';
import { IDEMPOTENCY_MODULE } from './metadata.js';
import type { ResolvedOptions } from './resolved-options.js';

/** What all imports of the module in one application have in common. */
interface SharedParts {
  options?: ResolvedOptions;
  store?: IdempotencyStore;
  engine?: IdempotencyEngine;
  runtime?: HttpRuntime;
}

const PARTS = Symbol.for('nestjs-idempotency.parts');

/** Kept on Nest's own object for the application: two applications in one process share nothing. */
export function partsOf(config: ApplicationConfig): SharedParts {
  const holder = config as { [PARTS]?: SharedParts };
  return (holder[PARTS] ??= {});
}

/** The options of the first import. A later one must say the same, or nothing. */
export function joinOptions(config: ApplicationConfig, options: ResolvedOptions): ResolvedOptions {
  const parts = partsOf(config);
  const first = (parts.options ??= options);
  const differing = (Object.keys(options.given) as (keyof IdempotencyModuleOptions)[]).filter(
    (name) => options.given[name] !== first.given[name],
  );
  if (differing.length > 0) {
    throw new IdempotencyConfigurationError([
      `IdempotencyModule is imported twice, with different options (${differing.join(', ')}), so it is not certain which ` +
        'ones protect. Call IdempotencyModule.forRoot() with options once, in the root module; it is global.',
    ]);
  }
  return first;
}

/**
 * Options of an import: its own, or, where it says nothing, what another one says outright, so that it does not matter
 * which of them Nest makes first. What another one says by `forRootAsync()` is not known yet.
 */
export function saidAnywhere(
  own: IdempotencyModuleOptions | undefined,
  modules: ModulesContainer,
  token: string | symbol,
): IdempotencyModuleOptions | undefined {
  const says = (options: unknown) =>
    typeof options !== 'object' || options === null || Object.keys(defined(options)).length > 0;
  if (own !== undefined && says(own)) return own;
  for (const { metatype, providers } of modules.values()) {
    if (!metatype || !(IDEMPOTENCY_MODULE in metatype)) continue;
    const given = providers.get(token)?.instance as IdempotencyModuleOptions | null | undefined;
    if (given && says(given)) return given;
  }
  return own;
}
