import type { Ear } from './listening.js';
import type { CreateListener, ListeningClient } from './listening-client.js';

/** ms between attempts to listen again: the first, and the most. */
const FIRST_PAUSE = 50;
const LONGEST_PAUSE = 2_000;

/** An ear of its own `pg` Client. The first connection must succeed; one that is lost later is replaced. */
export class ListeningConnection implements Ear {
  readonly listening: Promise<void>;
  #client?: ListeningClient;
  #closed = false;
  #pause = FIRST_PAUSE;
  #timer?: NodeJS.Timeout;

  constructor(
    private readonly create: CreateListener,
    private readonly channel: string,
    private readonly tell: (id: string) => void,
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
