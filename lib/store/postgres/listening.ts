import type { Unwatch } from '../idempotency-store.js';
import type { CreateListener, ListeningClient } from './postgres-client.js';

type Listener = (id: string) => void;

/** ms between attempts to listen again: the first, and the most. */
const FIRST_PAUSE = 50;
const LONGEST_PAUSE = 2_000;

/** The one listening connection of a store: opened for the first watch, closed after the last; it comes back by itself. */
export class Listening {
  readonly #listeners = new Set<{ readonly listener: Listener }>();
  readonly #create: CreateListener;
  readonly #channel: string;
  #connection?: Connection;

  constructor(create: CreateListener, channel: string) {
    this.#create = create;
    this.#channel = channel;
  }

  /** Resolves once `listener` hears of settled records. Rejects with what the client says. */
  async watch(listener: Listener): Promise<Unwatch> {
    const entry = { listener };
    this.#listeners.add(entry);
    const unwatch = (): Promise<void> => this.#leave(entry);
    try {
      this.#connection ??= new Connection(this.#create, this.#channel, (id) => this.#tell(id));
      await this.#connection.listening;
    } catch (error) {
      await unwatch();
      throw error;
    }
    return unwatch;
  }

  async close(): Promise<void> {
    this.#listeners.clear();
    const connection = this.#connection;
    this.#connection = undefined;
    await connection?.close();
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

/** Listens until it is closed. The first connection must succeed; one that is lost later is replaced. */
class Connection {
  readonly listening: Promise<void>;
  #client?: ListeningClient;
  #closed = false;
  #pause = FIRST_PAUSE;
  #timer?: NodeJS.Timeout;

  constructor(
    private readonly create: CreateListener,
    private readonly channel: string,
    private readonly tell: Listener,
  ) {
    this.listening = this.#listen();
    // Whoever watches has heard of it by then.
    this.listening.catch(() => undefined);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#client?.end().catch(() => undefined);
  }

  async #listen(): Promise<void> {
    const client = this.create();
    this.#client = client;
    let established = false;
    let over = false;
    const lost = (): void => {
      if (over) return;
      over = true;
      if (established) this.#again();
    };
    client.on('error', lost);
    client.on('end', lost);
    client.on('notification', ({ channel, payload }) => {
      if (channel === this.channel && payload) this.tell(payload);
    });
    try {
      await client.connect();
      await client.query(`LISTEN "${this.channel}"`);
    } catch (error) {
      over = true;
      await client.end().catch(() => undefined);
      throw error;
    }
    established = true;
    this.#pause = FIRST_PAUSE;
    if (this.#closed) throw new Error('The watch was closed.');
    if (over) this.#again();
  }

  #again(): void {
    if (this.#closed) return;
    const dead = this.#client;
    void dead?.end().catch(() => undefined);
    this.#timer = setTimeout(() => void this.#listen().catch(() => this.#again()), this.#pause);
    this.#timer.unref();
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE);
  }
}
