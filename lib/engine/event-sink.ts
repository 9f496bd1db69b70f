import type { IdempotencyEvent } from './events.js';

/** Hands events to a listener, and keeps what the listener throws, now or later, away from the request. */
export class EventSink {
  constructor(
    private readonly listener: ((event: IdempotencyEvent) => unknown) | undefined,
    private readonly onListenerError: (error: unknown) => void,
  ) {}

  emit(event: IdempotencyEvent): void {
    if (!this.listener) return;
    try {
      const result = this.listener(event);
      // An async function is a listener, too, and so is one with promises of another make: a rejection would end the
      // process.
      if (typeof result === 'object' || typeof result === 'function') {
        Promise.resolve(result).catch(this.onListenerError);
      }
    } catch (error) {
      this.onListenerError(error);
    }
  }
}
