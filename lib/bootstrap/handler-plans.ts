import type { HandlerPlan } from './handler-plan.js';

type Handler = (...args: never[]) => unknown;

/** The plans of an application, found by what Nest's `ExecutionContext` gives: handler and class. */
export class HandlerPlans {
  // Two subclasses may share an inherited handler under different options.
  private readonly plans = new Map<object, Map<object, HandlerPlan>>();

  add(handler: Handler, controller: object, plan: HandlerPlan): void {
    const ofHandler = this.plans.get(handler) ?? new Map<object, HandlerPlan>();
    this.plans.set(handler, ofHandler.set(controller, plan));
  }

  find(handler: object, controller: object): HandlerPlan | undefined {
    return this.plans.get(handler)?.get(controller);
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
