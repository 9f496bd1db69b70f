import { Catch, Inject, type ExceptionFilter, type Type } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { IdempotencyConfigurationError } from '../errors/idempotency-configuration.error.js';
import { IDEMPOTENCY_MODULE } from './metadata.js';

/** Never thrown: the filters below have something to catch that costs requests nothing. */
class NeverThrown {}

/**
 * A decorator runs nothing when the application starts, but Nest makes the enhancers that it binds. This one
 * refuses to be made where the module is missing, so that a decorated handler is never silently unprotected.
 */
export function moduleCheckFor(handler: string): Type<ExceptionFilter> {
  class IdempotencyModuleCheck implements ExceptionFilter {
    constructor(modules: ModulesContainer) {
      for (const { metatype } of modules.values()) {
        if (metatype && IDEMPOTENCY_MODULE in metatype) return;
      }
      throw new IdempotencyConfigurationError([
        `${handler} is decorated with @Idempotent(), but IdempotencyModule is not imported: it would run unprotected. ` +
          'Add IdempotencyModule.forRoot() to the imports of the root module.',
      ]);
    }

    catch(exception: unknown): void {
      throw exception;
    }
  }
  Inject(ModulesContainer)(IdempotencyModuleCheck, undefined, 0);
  Catch(NeverThrown)(IdempotencyModuleCheck);
  return IdempotencyModuleCheck;
}
