import { Injectable, type CallHandler, type NestInterceptor } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
import type { HandlerPlans } from './handler-plans.js';
import { NEST } from './metadata.js';

/**
 * Stands for the interceptor in Nest's metadata. Metadata belongs to a class, and with it to every application of the
 * process that has this controller; whose interceptor is meant is what the modules of each application say. Where
 * they say nothing, it does nothing.
 */
@Injectable()
export class InterceptorPlace implements NestInterceptor {
  intercept(_: unknown, next: CallHandler): ReturnType<CallHandler['handle']> {
    return next.handle();
  }
}

/**
 * Binds the interceptor to decorated handlers alone, before whatever is bound to them or to their class, so that all
 * others cost what they did. Must come before Nest registers routes.
 *
 * @returns whether it is bound: false if no module provides it
 */
export function bindInterceptor(
  interceptor: object,
  plans: HandlerPlans,
  modules: ModulesContainer,
): boolean {
  const provided = [...modules.values()]
    .flatMap((module) => [...module.providers.values()])
    .find(({ instance }) => instance === interceptor);
  if (!provided) return false;
  const controllers = new Set<unknown>();
  for (const { handler, controller } of plans.places()) {
    putFirst(handler, controller);
    controllers.add(controller);
  }
  for (const module of modules.values()) {
    const isConcerned = [...module.controllers.values()].some(({ metatype }) => controllers.has(metatype));
    if (isConcerned) module.injectables.set(InterceptorPlace, provided);
  }
  return true;
}

/** Nest runs what is bound to a class before what is bound to its methods. */
function putFirst(handler: object, controller: object): void {
  const ofClass = interceptorsOf(controller);
  const [target, bound] = ofClass.length > 0 ? [controller, ofClass] : [handler, interceptorsOf(handler)];
  if (bound[0] === InterceptorPlace) return;
  Reflect.defineMetadata(NEST.interceptors, [InterceptorPlace, ...bound], target);
}

function interceptorsOf(target: object): readonly unknown[] {
  return (Reflect.getMetadata(NEST.interceptors, target) ?? []) as readonly unknown[];
}
