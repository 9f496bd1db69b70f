// The longest suites first, so that no worker is alone with one at the end.
const { default: Sequencer } = require('@jest/test-sequencer');

/**
 * Those that take longest, mostly because they wait for leases, servers and processes. For the first run on a machine:
 * later ones go by what Jest remembers. A suite that is not here is only begun later.
 */
const LONGEST = [
  'test/store/redis.spec.ts',
  'test/store/redis-cluster.spec.ts',
  'test/faults/soak.spec.ts',
  'test/faults/crash-matrix-store.spec.ts',
  'test/faults/exactly-once.spec.ts',
  'test/faults/redis-sample-scripts.spec.ts',
  'test/e2e/sample-restarts.spec.ts',
  'test/e2e/sample-processes.spec.ts',
  'test/faults/exit.spec.ts',
  'test/chaos/chaos.spec.ts',
  'test/faults/redis-cluster.spec.ts',
  'test/faults/processes.spec.ts',
  'test/faults/redis-restart.spec.ts',
  'test/faults/redis-sentinel.spec.ts',
  'test/docs/snippets.spec.ts',
  'test/store/postgres.spec.ts',
  'test/store/cache-manager.spec.ts',
  'test/store/sqlite.spec.ts',
  'test/faults/crash-matrix.spec.ts',
  'test/store/redis-eviction.spec.ts',
];

const rankOf = ({ path }) => {
  const rank = LONGEST.findIndex((suite) => path.endsWith(suite));
  return rank < 0 ? LONGEST.length : rank;
};

module.exports = class extends Sequencer {
  sort(tests) {
    const sorted = super.sort(tests);
    // Jest knows how long they took last time.
    if (tests.every(({ duration }) => duration)) return sorted;
    return sorted.sort((a, b) => rankOf(a) - rankOf(b));
  }
};
