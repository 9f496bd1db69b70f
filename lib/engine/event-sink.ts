import type { IdempotencyEvent, IdempotencyEventListener } from './events.js';

/** Hands events to a listener, and keeps what the listener throws away from the request. */
export class EventSink {
  constructor(
    private readonly listener: IdempotencyEventListener | undefined,
    private readonly onListenerError: (error: unknown) => void,
  ) {}

  emit(event: IdempotencyEvent): void {
    if (!this.listener) return;
    try {
      this.listener(event);
    } catch (error) {
      this.onListenerError(error);
    }
  }
}
