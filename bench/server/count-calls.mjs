// Counts what is asked of a store.
const NAMES = ['acquire', 'extend', 'complete', 'release', 'look', 'watch'];

/** Gives the counts by name; they grow as the store is used. */
export function countCalls(store) {
  const counts = Object.fromEntries(NAMES.map((name) => [name, 0]));
  for (const name of NAMES) {
    const original = store[name];
    if (typeof original !== 'function') continue;
    store[name] = function counted(...args) {
      counts[name]++;
      return original.apply(this, args);
    };
  }
  return counts;
}
