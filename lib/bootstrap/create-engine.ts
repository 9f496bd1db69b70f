import { effectKeys } from '../http/effect-key.js';
import { Keyring } from '../http/keyring.js';
import { IdempotencyEngine, type UncertainSighting } from '../engine/engine.js';
import { EventSink } from '../engine/event-sink.js';
import { logBug, logger, logIncident } from '../idempotency.logger.js';
import type { IdempotencyStore } from '../store/idempotency-store.js';
import { encodeResolution } from '../operations/encode-resolution.js';
import { Reconciler } from '../operations/reconciler.js';
import type { RecordResolution } from '../operations/resolution.js';
import { UncertaintyLog } from '../operations/uncertainty-log.js';
import { mergeRouteOptions } from './merge-options.js';
import type { ResolvedOptions } from './resolved-options.js';

export function createEngine(options: ResolvedOptions, store: IdempotencyStore): IdempotencyEngine {
  const { onEvent, onUncertain } = options.given;
  const events = new EventSink((event) => {
    if (event.kind === 'incident') logIncident(event);
    return onEvent?.(event);
  }, logBug);
  const { storeTimeout, maxWaiters, maxWaitersPerKey, replayCache } = options;
  const log = new UncertaintyLog((sentence) => logger.warn(sentence));
  const reconciler =
    onUncertain &&
    new Reconciler(
      onUncertain,
      (found) => look(found),
      (...found) => resolve(...found),
      logBug,
    );
  const notice = (sighting: UncertainSighting) => {
    log.notice(sighting);
    reconciler?.notice(sighting);
  };
  const effectKey = effectKeys(new Keyring(options.secrets));
  const bounds = { storeTimeout, maxWaiters, maxWaitersPerKey, replayCache };
  const engine = new IdempotencyEngine(store, { ...bounds, onUncertain: notice, effectKey }, events);
  const { ttl, tombstone } = mergeRouteOptions(options.given, {}, {});
  const resolve = async ({ ref }: UncertainSighting, resolution: RecordResolution) =>
    engine.gateway.resolve(ref, encodeResolution(resolution, { ttl, tombstone }));
  const look = async ({ ref, operation, attempt }: UncertainSighting) => {
    const found = await engine.gateway.look(ref.id);
    if (found?.state !== 'uncertain' || found.fence !== ref.fence) return undefined;
    return { reference: ref.id, operation, attempt, runningFor: found.runningFor ?? 0 };
  };
  return engine;
}
