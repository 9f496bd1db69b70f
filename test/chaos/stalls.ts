import { now } from './history.js';

const BEAT = 20;

/**
 * Tells when this process did not run for longer than `atLeast` ms: it was stopped, or the machine had no time for it.
 * Returns what ends it.
 */
export function onStall(atLeast: number, tell: (from: number, to: number) => void): () => void {
  let last = now();
  const timer = setInterval(() => {
    const at = now();
    if (at - last > atLeast) tell(last, at);
    last = at;
  }, BEAT);
  timer.unref();
  return () => clearInterval(timer);
}
