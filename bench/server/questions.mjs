// What a server's process can be asked.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { handlers } from '../orders.mjs';
import { countCalls } from './count-calls.mjs';
import { fillStore } from './fill-store.mjs';

/** ms since 1970, finer than `Date.now()`: the load's process is on the same clock. */
const now = () => performance.timeOrigin + performance.now();

export function questions(store, httpServer) {
  let delay, open, counts;
  let received = 0;
  return {
    /** CPU µs of all threads of this process, and how often the handlers ran, until now. */
    usage() {
      const { user, system } = process.cpuUsage();
      return { cpu: user + system, calls: handlers.calls };
    },
    /** From now on, handlers wait before they answer. */
    hold() {
      handlers.gate = new Promise((resolve) => (open = resolve));
      handlers.held = new Promise((resolve) => (handlers.onHeld = resolve));
    },
    /** Answers when a handler waits. */
    held: () => handlers.held,
    /** Handlers go on. Answers when that was. */
    letGo() {
      handlers.gate = handlers.onHeld = undefined;
      open();
      return now();
    },
    watchLoop() {
      delay?.disable();
      delay = monitorEventLoopDelay({ resolution: 1 });
      delay.enable();
    },
    /** ms that the event loop was late at most since `watchLoop`. */
    longestBlock() {
      delay.disable();
      // It counts from one tick of 1 ms to the next.
      return Math.max(0, delay.max / 1e6 - 1);
    },
    /** Bytes that are reachable; needs --expose-gc. */
    memory() {
      globalThis.gc();
      globalThis.gc();
      const { heapUsed, external } = process.memoryUsage();
      return heapUsed + external;
    },
    /** From now on, requests and calls of the store are counted: for what is not about their cost. */
    count() {
      httpServer.on('request', () => received++);
      counts = countCalls(store);
    },
    counts: () => ({ received, ...counts }),
    fill: ({ records }) => fillStore(store, records),
  };
}
