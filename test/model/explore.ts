import { FAULT_IDS, type FaultId } from './faults.js';
import type { Guarantee } from './guarantee.js';
import { requestSteps, type Step } from './request-steps.js';
import { initial, type State } from './state.js';
import { nameOf } from './state-name.js';
import { worldSteps } from './world-steps.js';

export interface Bounds {
  readonly requests: number;
  readonly faults: number;
  readonly isMemory: boolean;
  /** Those that may happen. */
  readonly allowed: readonly FaultId[];
}

export interface Visitor {
  readonly state?: (state: State) => void;
  readonly step?: (from: State, step: Step) => void;
}

/** Visits every state that requests, faults and time can lead to, in every order, once; says how many there are. */
export function explore(guarantee: Guarantee, bounds: Bounds, visitor: Visitor): number {
  const allowed = new Set(bounds.allowed);
  const seen = new Set<string>();
  const open: State[] = [];
  const meet = (state: State) => {
    const name = nameOf(state);
    if (seen.has(name)) return;
    seen.add(name);
    open.push(state);
  };
  meet(initial(bounds.requests));
  for (let state = open.pop(); state; state = open.pop()) {
    visitor.state?.(state);
    const steps = [
      ...state.requests.flatMap((_, number) =>
        requestSteps(state!, number, guarantee).map((step) => ({ ...step, by: number })),
      ),
      ...worldSteps(state, bounds.isMemory),
    ];
    for (const step of steps) {
      if (step.fault && (state.faults.length >= bounds.faults || !allowed.has(step.fault))) continue;
      const next = step.fault ? withFault(step.state, step.fault) : step.state;
      const taken = { ...step, state: next };
      visitor.step?.(state, taken);
      meet(next);
    }
  }
  return seen.size;
}

function withFault(state: State, fault: FaultId): State {
  const faults = [...state.faults, fault].sort((a, b) => FAULT_IDS.indexOf(a) - FAULT_IDS.indexOf(b));
  return { ...state, faults };
}
