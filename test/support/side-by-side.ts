// Conformance checks side by side: most of them wait for a lease to end, and none knows of another.
import type { ConformanceRunner } from '../../lib/testing/index.js';

/** Checks that are under way at once. More of them hold each other up where they do not wait. */
const PLACES = 8;

/** Jest's functions, with a check begun when one of the few before it is awaited. Not for clocks of a test. */
export function sideBySide(): ConformanceRunner {
  const begin: (() => Promise<void>)[] = [];
  const begun: Promise<void>[] = [];
  return {
    describe,
    it(name, body) {
      const place = begin.push(body) - 1;
      // Not before Jest comes to it: then all that is to be set up before has been.
      it(name, () => {
        for (let next = place; next < place + PLACES; next++) {
          begun[next] ??= begin[next]?.() ?? Promise.resolve();
          // Jest is told of it when it comes to that one.
          begun[next]!.catch(() => undefined);
        }
        return begun[place]!;
      });
    },
  };
}
