import type { Unwatch } from '../idempotency-store.js';

type Listener = (id: string) => void;

/** Those who want to know that a record settled. */
export class Watchers {
  // Each watch has an entry of its own: one function may watch twice.
  private readonly listeners = new Set<{ readonly listener: Listener }>();

  add(listener: Listener): Unwatch {
    const entry = { listener };
    this.listeners.add(entry);
    return async () => {
      this.listeners.delete(entry);
    };
  }

  /** Tells everybody, after the operation that settled the record has returned. */
  tell(id: string): void {
    for (const entry of this.listeners) {
      queueMicrotask(() => {
        if (this.listeners.has(entry)) call(entry.listener, id);
      });
    }
  }
}

function call(listener: Listener, id: string): void {
  try {
    listener(id);
  } catch {
    // A notification is a hint: what a listener makes of it must not reach the caller who settled the record,
    // and nobody else is there to hear of it.
  }
}
