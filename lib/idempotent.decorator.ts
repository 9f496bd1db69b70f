import 'reflect-metadata';
import { UseFilters } from '@nestjs/common';
import { moduleCheckFor } from './bootstrap/module-check.js';
import { IDEMPOTENT_OPTIONS } from './bootstrap/metadata.js';
import { IdempotencyConfigurationError } from './errors/idempotency-configuration.error.js';
import type { IdempotentOptions } from './idempotency.options.js';

/**
 * Makes a controller method idempotent, or all methods of a controller that are not GET, HEAD or OPTIONS. On a
 * repeated request with the same key the handler does not run; its first answer is sent again.
 *
 * Options of a method stand before those of its class, and those before the module's. An overriding method of a
 * subclass needs a decorator of its own.
 *
 * ```ts
 * @Post()
 * @Idempotent({ ttl: 86_400_000, scope: 'user' })
 * create(@Body() order: CreateOrderDto) {}
 * ```
 *
 * The application does not start when `IdempotencyModule` is not imported, an option is wrong, or the handler is
 * one whose answer cannot be replayed.
 */
export function Idempotent(options: IdempotentOptions = {}): MethodDecorator & ClassDecorator {
  return (target: object, method?: string | symbol, descriptor?: PropertyDescriptor) => {
    const owner = typeof target === 'function' ? target : target.constructor;
    if (method !== undefined && (owner === target || typeof descriptor?.value !== 'function')) {
      throw new IdempotencyConfigurationError([
        `${owner.name}.${String(method)} is decorated with @Idempotent(), but is not a method of the controller's ` +
          'instances: no request can reach it. Decorate a method that has @Post(), @Put(), @Patch(), @Delete() or the like.',
      ]);
    }
    const holder = (descriptor?.value as object | undefined) ?? target;
    Reflect.defineMetadata(IDEMPOTENT_OPTIONS, options, holder);
    // Another decorator may put a function of its own in the method's place.
    if (method) Reflect.defineMetadata(IDEMPOTENT_OPTIONS, options, target, method);
    const check = UseFilters(moduleCheckFor(method ? `${owner.name}.${String(method)}` : owner.name));
    if (method && descriptor) check(target, method, descriptor);
    else check(target as new () => unknown);
  };
}
