import { brokenAcquire } from './broken-acquire.js';
import { brokenBytes } from './broken-bytes.js';
import { brokenCapabilities } from './broken-capabilities.js';
import { brokenComplete } from './broken-complete.js';
import { brokenExtend } from './broken-extend.js';
import { brokenFence } from './broken-fence.js';
import { brokenIdentity } from './broken-identity.js';
import { brokenRelease } from './broken-release.js';
import { brokenRetention } from './broken-retention.js';
import type { BrokenStore } from './broken-store.js';
import { brokenTakeover } from './broken-takeover.js';
import { brokenWatch } from './broken-watch.js';

export const brokenStores: readonly BrokenStore[] = [
  ...brokenCapabilities,
  ...brokenAcquire,
  ...brokenTakeover,
  ...brokenFence,
  ...brokenExtend,
  ...brokenComplete,
  ...brokenRelease,
  ...brokenRetention,
  ...brokenBytes,
  ...brokenIdentity,
  ...brokenWatch,
];
