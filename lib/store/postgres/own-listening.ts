import type { Ear } from './listening.js';
import type { Listen } from './listening-client.js';

/** An ear of a client that listens by itself, and sees to it that it goes on. */
export class OwnListening implements Ear {
  readonly listening: Promise<void>;
  readonly #end: Promise<() => Promise<unknown>>;

  constructor(listen: Listen, channel: string, tell: (id: string) => void) {
    this.#end = listen(channel, tell);
    this.listening = this.#end.then(() => undefined);
    // Whoever watches has heard of it by then.
    this.listening.catch(() => undefined);
  }

  async close(): Promise<void> {
    await this.#end.then((end) => end()).catch(() => undefined);
  }
}
