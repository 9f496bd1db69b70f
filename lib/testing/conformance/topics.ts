import type { Topic } from './conformance-topic.js';
import { acquireTopic } from './acquire.topic.js';
import { capabilitiesTopic } from './capabilities.topic.js';
import { completeTopic } from './complete.topic.js';
import { completeLostTopic } from './complete-lost.topic.js';
import { concurrencyTopic } from './concurrency.topic.js';
import { durableTopic } from './durable.topic.js';
import { extendTopic } from './extend.topic.js';
import { fenceTopic } from './fence.topic.js';
import { identityTopic } from './identity.topic.js';
import { longDurationsTopic } from './long-durations.topic.js';
import { releaseTopic } from './release.topic.js';
import { responseBytesTopic } from './response-bytes.topic.js';
import { retentionTopic } from './retention.topic.js';
import { sharedTopic } from './shared.topic.js';
import { takeoverTopic } from './takeover.topic.js';
import { watchTopic } from './watch.topic.js';

/** The whole contract, in reading order. */
export const topics: readonly Topic[] = [
  capabilitiesTopic,
  acquireTopic,
  takeoverTopic,
  fenceTopic,
  concurrencyTopic,
  extendTopic,
  completeTopic,
  completeLostTopic,
  releaseTopic,
  retentionTopic,
  longDurationsTopic,
  responseBytesTopic,
  identityTopic,
  sharedTopic,
  durableTopic,
  watchTopic,
];
