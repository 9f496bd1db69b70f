import { RequestMethod, type Type } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
import type { IdempotencyModuleOptions, IdempotentOptions } from '../idempotency.options.js';
import type { HandlerPlan } from './handler-plan.js';
import type { HandlerPlans } from './handler-plans.js';
import { mergeRouteOptions } from './merge-options.js';
import { IDEMPOTENT_OPTIONS, NEST, PARAM_NEXT, PARAM_RESPONSE } from './metadata.js';
import { optionProblems } from './validate-options.js';
import { wrapHandler } from './wrap-handler.js';

const SAFE_METHODS: readonly unknown[] = [RequestMethod.GET, RequestMethod.HEAD, RequestMethod.OPTIONS];

/** What was found in the application's modules. */
export interface Exploration {
  /** Why the application must not start. */
  readonly problems: string[];
  /** What somebody should look at. */
  readonly warnings: string[];
}

/** Finds every decorated handler, makes its plan, wraps it, and says what is wrong. */
export function exploreHandlers(
  modules: ModulesContainer,
  options: IdempotencyModuleOptions,
  plans: HandlerPlans,
): Exploration {
  const found: Exploration = { problems: [], warnings: [] };
  const seen = new Set<unknown>();
  for (const module of modules.values()) {
    for (const { metatype, instance } of module.controllers.values()) {
      if (typeof metatype !== 'function' || seen.has(metatype)) continue;
      seen.add(metatype);
      exploreController(metatype as Type, instance, options, plans, found);
    }
  }
  // After all controllers: one that is also a provider somewhere, for others to inject, is not meant below.
  for (const module of modules.values()) {
    for (const { metatype } of module.providers.values()) {
      if (typeof metatype !== 'function' || !metatype.prototype || seen.has(metatype)) continue;
      seen.add(metatype);
      const wholeClass = Reflect.hasOwnMetadata(IDEMPOTENT_OPTIONS, metatype) ? [metatype.name] : [];
      const methods = decoratedMethods(metatype as Type).map((name) => `${metatype.name}.${name}`);
      for (const where of [...wholeClass, ...methods]) {
        found.problems.push(
          `${where} is decorated with @Idempotent(), but ${metatype.name} is not a controller: only HTTP handlers are ` +
            'protected by the decorator. Use IdempotencyService.run() here.',
        );
      }
    }
  }
  return found;
}

/** Whether any controller is decorated; asked before the application is set up, so it must not change anything. */
export function hasDecoratedHandlers(modules: ModulesContainer): boolean {
  return [...modules.values()].some((module) =>
    [...module.controllers.values()].some(
      ({ metatype }) =>
        typeof metatype === 'function' &&
        (Reflect.hasMetadata(IDEMPOTENT_OPTIONS, metatype) || decoratedMethods(metatype as Type).length > 0),
    ),
  );
}

function exploreController(
  controller: Type,
  instance: object | undefined,
  moduleOptions: IdempotencyModuleOptions,
  plans: HandlerPlans,
  { problems, warnings }: Exploration,
): void {
  const ofClass = Reflect.getMetadata(IDEMPOTENT_OPTIONS, controller) as IdempotentOptions | undefined;
  if (ofClass) problems.push(...optionProblems('route', ofClass, `@Idempotent() on ${controller.name}`));
  if (ofClass?.operation !== undefined) {
    problems.push(
      `@Idempotent() on ${controller.name}: option "operation" on a class would have all its methods share keys, so that one could be ` +
        "answered with another's answer. Set it on the methods that shall share keys.",
    );
  }
  for (const name of methodNames(controller)) {
    const method = (controller.prototype as Record<string, object>)[name]!;
    const where = `${controller.name}.${name}`;
    const ofMethod = optionsOf(controller.prototype as object, name);
    const isRoute = Reflect.hasMetadata(NEST.path, method);
    if (!ofMethod && isRoute && overridesDecorated(controller, name)) {
      warnings.push(
        `${where} overrides a method that is @Idempotent() without being decorated itself, so it is not protected. ` +
          'Decorate it with @Idempotent(), or with @Idempotent({ enabled: false }) if that is meant.',
      );
    }
    if (!ofMethod && !(ofClass && isRoute)) continue;
    if (ofMethod) problems.push(...optionProblems('route', ofMethod, `@Idempotent() on ${where}`));
    if ((ofMethod?.enabled ?? ofClass?.enabled) === false) continue;
    if (!ofMethod && SAFE_METHODS.includes(Reflect.getMetadata(NEST.method, method))) continue;
    const unreplayable = whyUnreplayable(method, isRoute);
    if (unreplayable) {
      problems.push(`${where} is decorated with @Idempotent(), but ${unreplayable}`);
      continue;
    }
    if (instance && Object.hasOwn(instance, name)) {
      problems.push(
        `${where} is decorated with @Idempotent(), but the instance of ${controller.name} has a function of its own in the place of that ` +
          'method (its constructor binds it, or a test spies on it), on which Nest finds nothing that decorators said, guards ' +
          'included. Leave the method where it is.',
      );
      continue;
    }
    const plan = planOf(controller, name, method, moduleOptions, ofClass, ofMethod);
    if (ofMethod?.transaction === 'explicit' && plan.options.guarantee !== 'exactly-once') {
      problems.push(
        `@Idempotent() on ${where}: transaction 'explicit' needs guarantee 'exactly-once', and it is '${plan.options.guarantee}'.`,
      );
    }
    plans.add(wrapHandler(controller.prototype as object, name), controller, plan);
  }
}

function whyUnreplayable(method: object, isRoute: boolean): string | undefined {
  if (Reflect.hasMetadata(NEST.messagePattern, method)) {
    return 'is a message handler: only HTTP handlers are protected by the decorator. Use IdempotencyService.run() here.';
  }
  if (!isRoute)
    return 'is not a route handler. Decorate a method that has @Post(), @Put(), @Patch(), @Delete() or the like.';
  if (Reflect.getMetadata(NEST.sse, method)) {
    return 'is an @Sse() handler: a stream of events has no end that could be recorded. Start the work with an idempotent @Post() and let the client follow it with @Sse().';
  }
  return undefined;
}

function planOf(
  controller: Type,
  name: string,
  method: object,
  moduleOptions: IdempotencyModuleOptions,
  ofClass: IdempotentOptions = {},
  ofMethod: IdempotentOptions | undefined,
): HandlerPlan {
  const named = ofMethod?.operation;
  return {
    label: named ?? `${controller.name}.${name}`,
    operation: named === undefined ? ['handler', controller.name, name] : ['operation', named],
    named: named !== undefined,
    hasHost: Reflect.getMetadata(NEST.host, controller) !== undefined,
    status:
      (Reflect.getMetadata(NEST.httpCode, method) as number | undefined) ??
      (Reflect.getMetadata(NEST.method, method) === RequestMethod.POST ? 201 : 200),
    ownsResponse: ownsResponse(controller, name),
    transformsValue: Reflect.hasMetadata(NEST.render, method) || Reflect.hasMetadata(NEST.redirect, method),
    passing: passingMethods(method, ofMethod !== undefined),
    options: mergeRouteOptions(moduleOptions, ofClass, ofMethod ?? {}),
  };
}

/** Under a class-level decorator, safe methods of an `@All()`; and HEAD of a decorated `@Get()`, which runs it for its headers. */
function passingMethods(method: object, byMethod: boolean): ReadonlySet<string> {
  if (!byMethod) return new Set(['GET', 'HEAD', 'OPTIONS']);
  return new Set(Reflect.getMetadata(NEST.method, method) === RequestMethod.GET ? ['HEAD'] : []);
}

function ownsResponse(controller: Type, name: string): boolean {
  if (Reflect.getMetadata(NEST.passthrough, controller, name)) return false;
  const args = (Reflect.getMetadata(NEST.routeArguments, controller, name) ?? {}) as Record<string, unknown>;
  return Object.keys(args).some((key) => [PARAM_RESPONSE, PARAM_NEXT].includes(Number(key.split(':')[0])));
}

function overridesDecorated(controller: Type, name: string): boolean {
  for (let base = parentOf(controller.prototype as object); base; base = parentOf(base)) {
    if (optionsOf(base, name)) return true;
  }
  return false;
}

function decoratedMethods(type: Type): string[] {
  return methodNames(type).filter((name) => optionsOf(type.prototype as object, name));
}

/** What a method is decorated with: the function itself, or the one that another decorator replaced. */
function optionsOf(prototype: object, name: string): IdempotentOptions | undefined {
  let owner: object | undefined = prototype;
  while (owner && !Object.hasOwn(owner, name)) owner = parentOf(owner);
  const method = owner && (Object.getOwnPropertyDescriptor(owner, name)?.value as object | undefined);
  if (!owner || !method) return undefined;
  return (Reflect.getMetadata(IDEMPOTENT_OPTIONS, method) ??
    Reflect.getOwnMetadata(IDEMPOTENT_OPTIONS, owner, name)) as IdempotentOptions | undefined;
}

/** Own and inherited methods. */
function methodNames(type: Type): string[] {
  const names = new Set<string>();
  for (
    let prototype: object | undefined = type.prototype as object;
    prototype;
    prototype = parentOf(prototype)
  ) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
      if (typeof value === 'function' && name !== 'constructor') names.add(name);
    }
  }
  return [...names];
}

function parentOf(prototype: object): object | undefined {
  const parent = Object.getPrototypeOf(prototype) as object | null;
  return parent && parent !== Object.prototype ? parent : undefined;
}
