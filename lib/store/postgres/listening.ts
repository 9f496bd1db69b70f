import type { Unwatch } from '../idempotency-store.js';

type Listener = (id: string) => void;

/** A connection that listens, from now until it is closed. */
export interface Ear {
  /** Rejects when it cannot begin to. */
  readonly listening: Promise<void>;
  close(): Promise<void>;
}

/** The one ear of a store: opened for the first watch, closed after the last. */
export class Listening {
  readonly #listeners = new Set<{ readonly listener: Listener }>();
  readonly #open: (tell: Listener) => Ear;
  #ear?: Ear;

  constructor(open: (tell: Listener) => Ear) {
    this.#open = open;
  }

  /** Resolves once `listener` hears of settled records. Rejects with what the client says. */
  async watch(listener: Listener): Promise<Unwatch> {
    const entry = { listener };
    this.#listeners.add(entry);
    const unwatch = (): Promise<void> => this.#leave(entry);
    try {
      this.#ear ??= this.#open((id) => this.#tell(id));
      await this.#ear.listening;
    } catch (error) {
      await unwatch();
      throw error;
    }
    return unwatch;
  }

  async close(): Promise<void> {
    this.#listeners.clear();
    const ear = this.#ear;
    this.#ear = undefined;
    await ear?.close();
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
