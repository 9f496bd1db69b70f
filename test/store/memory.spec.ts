import { MemoryStore } from '../../lib/store/memory/memory-store.js';
import { describeStoreConformance, FakeClock } from '../../lib/testing/index.js';
import { sideBySide } from '../support/side-by-side.js';

describeStoreConformance({
  name: '[B46] MemoryStore',
  create: () => new MemoryStore(),
  runner: sideBySide(),
});

const clock = new FakeClock();
describeStoreConformance({
  name: '[B46] MemoryStore with a clock of the test',
  create: () => new MemoryStore({ clock: clock.now }),
  advance: clock.advance,
});
