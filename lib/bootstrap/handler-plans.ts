import type { HandlerPlan } from './handler-plan.js';
import { IDEMPOTENT_HANDLER } from './metadata.js';

type Handler = (...args: never[]) => unknown;

/** The plans of an application, found by what Nest's `ExecutionContext` gives: handler and class. */
export class HandlerPlans {
  // Two subclasses may share an inherited handler under different options.
  private readonly plans = new Map<object, Map<object, HandlerPlan>>();

  /** The handlers that functions of tracing, and of whatever else stands between Nest and a method, are in the place of. */
  private readonly replaced = new WeakMap<object, object>();

  add(handler: Handler, controller: object, plan: HandlerPlan): void {
    const ofHandler = this.plans.get(handler) ?? new Map<object, HandlerPlan>();
    this.plans.set(handler, ofHandler.set(controller, plan));
  }

  find(handler: object, controller: object): HandlerPlan | undefined {
    return this.plans.get(this.handlerOf(handler))?.get(controller);
  }

  /** The handler that this one is in the place of; itself, if it is in nobody's. */
  handlerOf(handler: object): object {
    if (this.plans.has(handler)) return handler;
    let meant = this.replaced.get(handler);
    if (!meant) {
      meant = (Reflect.getMetadata(IDEMPOTENT_HANDLER, handler) ?? handler) as object;
      this.replaced.set(handler, meant);
    }
    return meant;
  }

  *[Symbol.iterator](): Iterator<HandlerPlan> {
    for (const ofHandler of this.plans.values()) yield* ofHandler.values();
  }

  /** Where they are of. */
  *places(): Generator<{ readonly handler: object; readonly controller: object }> {
    for (const [handler, ofHandler] of this.plans) {
      for (const controller of ofHandler.keys()) yield { handler, controller };
    }
  }

  get size(): number {
    return this.plans.size;
  }
}
