import { errandsOf } from './plan.js';
import { faultsOf } from './plan-faults.js';

const TIMES = { lease: 1_500, storeTimeout: 400, servers: 3 };
const errands = (seed: number) => {
  const plan = errandsOf(0, { ...TIMES, seed });
  return Array.from({ length: 50 }, () => plan.next().value);
};
const faults = (seed: number) => faultsOf({ ...TIMES, seed, duration: 60_000 });

describe('the plan of a chaos run', () => {
  it('is the same for the same seed, and another one for another', () => {
    expect(errands(42)).toEqual(errands(42));
    expect(faults(42)).toEqual(faults(42));
    expect(errands(42)).not.toEqual(errands(43));
    expect(faults(42)).not.toEqual(faults(43));
  });

  it('has every kind of fault, and ends each in time', () => {
    const planned = faults(42);
    const kinds = new Set(planned.map(({ kind }) => kind));
    expect(kinds.size).toBe(10);
    for (const fault of planned)
      expect(fault.at + ('lasts' in fault ? fault.lasts : 0)).toBeLessThanOrEqual(60_000);
  });

  it('sends the same keys for several scopes', () => {
    const scopes = new Map<string, Set<string>>();
    for (const { scope, key } of errands(42)) scopes.set(key, (scopes.get(key) ?? new Set()).add(scope));
    expect([...scopes.values()].some(({ size }) => size > 1)).toBe(true);
  });
});
