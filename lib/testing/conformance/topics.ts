import type { Topic } from './conformance-topic.js';
import { acquireTopic } from './acquire.topic.js';
import { capabilitiesTopic } from './capabilities.topic.js';
import { completeLostTopic } from './complete-lost.topic.js';
import { completeTopic } from './complete.topic.js';
import { concurrencyTopic } from './concurrency.topic.js';
import { durableTopic } from './durable.topic.js';
import { effectsKeptTopic } from './effects-kept.topic.js';
import { effectsLapseTopic } from './effects-lapse.topic.js';
import { effectsLostTopic } from './effects-lost.topic.js';
import { effectsTopic } from './effects.topic.js';
import { extendTopic } from './extend.topic.js';
import { fenceTopic } from './fence.topic.js';
import { identityTopic } from './identity.topic.js';
import { listPagesTopic } from './list-pages.topic.js';
import { listTopic } from './list.topic.js';
import { longDurationsTopic } from './long-durations.topic.js';
import { lookTopic } from './look.topic.js';
import { releaseByTokenTopic } from './release-by-token.topic.js';
import { releaseUnknownTopic } from './release-unknown.topic.js';
import { releaseTopic } from './release.topic.js';
import { removeTopic } from './remove.topic.js';
import { resolveCompletedTopic } from './resolve-completed.topic.js';
import { resolveLostTopic } from './resolve-lost.topic.js';
import { resolveNotAppliedTopic } from './resolve-not-applied.topic.js';
import { responseBytesTopic } from './response-bytes.topic.js';
import { retentionTopic } from './retention.topic.js';
import { sharedTopic } from './shared.topic.js';
import { stringsTopic } from './strings.topic.js';
import { takeoverTopic } from './takeover.topic.js';
import { tombstoneTopic } from './tombstone.topic.js';
import { uncertainTopic } from './uncertain.topic.js';
import { watchTopic } from './watch.topic.js';

/** The whole contract, in reading order. */
export const topics: readonly Topic[] = [
  capabilitiesTopic,
  acquireTopic,
  takeoverTopic,
  uncertainTopic,
  fenceTopic,
  concurrencyTopic,
  extendTopic,
  completeTopic,
  completeLostTopic,
  releaseTopic,
  releaseUnknownTopic,
  releaseByTokenTopic,
  effectsTopic,
  effectsKeptTopic,
  effectsLapseTopic,
  effectsLostTopic,
  retentionTopic,
  tombstoneTopic,
  resolveCompletedTopic,
  resolveNotAppliedTopic,
  resolveLostTopic,
  lookTopic,
  listTopic,
  listPagesTopic,
  removeTopic,
  longDurationsTopic,
  responseBytesTopic,
  identityTopic,
  stringsTopic,
  sharedTopic,
  durableTopic,
  watchTopic,
];
