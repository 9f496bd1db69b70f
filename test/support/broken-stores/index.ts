import { brokenAcquire } from './broken-acquire.js';
import { brokenBytes } from './broken-bytes.js';
import { brokenCapabilities } from './broken-capabilities.js';
import { brokenComplete } from './broken-complete.js';
import { brokenEffectResults } from './broken-effect-results.js';
import { brokenEffectsLapse } from './broken-effects-lapse.js';
import { brokenEffects } from './broken-effects.js';
import { brokenExtend } from './broken-extend.js';
import { brokenFence } from './broken-fence.js';
import { brokenIdentity } from './broken-identity.js';
import { brokenList } from './broken-list.js';
import { brokenLook } from './broken-look.js';
import { brokenReleaseUnknown } from './broken-release-unknown.js';
import { brokenRelease } from './broken-release.js';
import { brokenRemove } from './broken-remove.js';
import { brokenResolveLost } from './broken-resolve-lost.js';
import { brokenResolve } from './broken-resolve.js';
import { brokenRetention } from './broken-retention.js';
import type { BrokenStore } from './broken-store.js';
import { brokenStrings } from './broken-strings.js';
import { brokenTakeover } from './broken-takeover.js';
import { brokenToken } from './broken-token.js';
import { brokenTombstone } from './broken-tombstone.js';
import { brokenUncertain } from './broken-uncertain.js';
import { brokenWatch } from './broken-watch.js';

export const brokenStores: readonly BrokenStore[] = [
  ...brokenCapabilities,
  ...brokenAcquire,
  ...brokenTakeover,
  ...brokenFence,
  ...brokenExtend,
  ...brokenComplete,
  ...brokenRelease,
  ...brokenEffects,
  ...brokenEffectResults,
  ...brokenEffectsLapse,
  ...brokenRetention,
  ...brokenBytes,
  ...brokenIdentity,
  ...brokenWatch,
  ...brokenUncertain,
  ...brokenReleaseUnknown,
  ...brokenToken,
  ...brokenTombstone,
  ...brokenResolve,
  ...brokenResolveLost,
  ...brokenLook,
  ...brokenList,
  ...brokenRemove,
  ...brokenStrings,
];
