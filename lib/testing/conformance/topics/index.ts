import type { Topic } from '../conformance-topic.js';
import { acquireTopic } from './acquire.js';
import { capabilitiesTopic } from './capabilities.js';
import { completeTopic } from './complete.js';
import { completeLostTopic } from './complete-lost.js';
import { concurrencyTopic } from './concurrency.js';
import { durableTopic } from './durable.js';
import { extendTopic } from './extend.js';
import { fenceTopic } from './fence.js';
import { identityTopic } from './identity.js';
import { longDurationsTopic } from './long-durations.js';
import { releaseTopic } from './release.js';
import { responseBytesTopic } from './response-bytes.js';
import { retentionTopic } from './retention.js';
import { sharedTopic } from './shared.js';
import { takeoverTopic } from './takeover.js';
import { watchTopic } from './watch.js';

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
