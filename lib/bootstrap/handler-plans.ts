import type { HandlerPlan } from './handler-plan.js';

type Handler = (...args: never[]) => unknown;

/** The plans of an application, found by what Nest's `ExecutionContext` gives: handler and class. */
export class HandlerPlans {
  // Two subclasses may share an inherited handler under different options.
  private readonly plans = new Map<unknown, Map<unknown, HandlerPlan>>();

  add(handler: Handler, controller: object, plan: HandlerPlan): void {
    const ofHandler = this.plans.get(handler) ?? new Map<unknown, HandlerPlan>();
    this.plans.set(handler, ofHandler.set(controller, plan));
  }

  find(handler: unknown, controller: unknown): HandlerPlan | undefined {
    return this.plans.get(handler)?.get(controller);
  }

  *[Symbol.iterator](): Iterator<HandlerPlan> {
    for (const ofHandler of this.plans.values()) yield* ofHandler.values();
  }

  get size(): number {
    return this.plans.size;
  }
}
