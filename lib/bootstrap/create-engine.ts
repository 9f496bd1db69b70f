import { IdempotencyEngine } from '../engine/engine.js';
import { EventSink } from '../engine/event-sink.js';
import { logBug, logIncident } from '../idempotency.logger.js';
import type { IdempotencyStore } from '../store/idempotency-store.js';
import type { ResolvedOptions } from './resolved-options.js';

export function createEngine(options: ResolvedOptions, store: IdempotencyStore): IdempotencyEngine {
  const { onEvent } = options.given;
  const events = new EventSink((event) => {
    if (event.kind === 'incident') logIncident(event);
    return onEvent?.(event);
  }, logBug);
  return new IdempotencyEngine(store, { storeTimeout: options.storeTimeout }, events);
}
