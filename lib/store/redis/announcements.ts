import type { Unwatch } from '../idempotency-store.js';
import type { Subscription } from './clients/redis-driver.js';

type Listener = (id: string) => void;
type Subscribe = (listener: Listener) => Subscription;

/** The one subscription of a store: opened for the first watch, closed after the last, shared in between. */
export class Announcements {
  readonly #listeners = new Set<{ readonly listener: Listener }>();
  readonly #subscribe: Subscribe;
  #subscription?: Subscription;

  constructor(subscribe: Subscribe) {
    this.#subscribe = subscribe;
  }

  /** Resolves once `listener` hears of settled records. Rejects with what the client says, or when closed. */
  async watch(listener: Listener): Promise<Unwatch> {
    const entry = { listener };
    this.#listeners.add(entry);
    const unwatch = (): Promise<void> => this.#leave(entry);
    try {
      this.#subscription ??= closable(this.#subscribe((id) => this.#tell(id)));
      await this.#subscription.listening;
    } catch (error) {
      await unwatch();
      throw error;
    }
    return unwatch;
  }

  /** Ends the subscription; who still waits for it to begin is rejected. */
  async close(): Promise<void> {
    this.#listeners.clear();
    const subscription = this.#subscription;
    this.#subscription = undefined;
    await subscription?.close();
  }

  #tell(id: string): void {
    for (const { listener } of this.#listeners) {
      try {
        listener(id);
      } catch {
        // What a listener throws is its own; the client and the other listeners go on.
      }
    }
  }

  async #leave(entry: { readonly listener: Listener }): Promise<void> {
    if (this.#listeners.delete(entry) && this.#listeners.size === 0) await this.close();
  }
}

/** Clients differ in what becomes of a subscription that is closed before it began: here it rejects. */
function closable(subscription: Subscription): Subscription {
  let close!: () => Promise<void>;
  const closed = new Promise<never>((_, reject) => {
    close = () => {
      reject(new Error('The subscription was closed.'));
      return subscription.close();
    };
  });
  const listening = Promise.race([subscription.listening, closed]);
  // Whoever watches has heard of it by then.
  listening.catch(() => undefined);
  return { listening, close };
}
