// Suites that wait and suites that compute in turn, so that each has the time that the other leaves; the longest first.
const { default: Sequencer } = require('@jest/test-sequencer');

/** Those that mostly wait: for leases, servers and processes. Tens of seconds each; the longest first. */
const WAITING = [
  'test/e2e/sample-processes.spec.ts',
  'test/faults/store-faults.spec.ts',
  'test/faults/redis-restart.spec.ts',
  'test/faults/redis-cluster.spec.ts',
  'test/faults/redis-sentinel.spec.ts',
  'test/faults/crash-matrix-store.spec.ts',
  'test/chaos/chaos.spec.ts',
  'test/faults/processes.spec.ts',
  'test/e2e/leases.spec.ts',
  'test/store/redis-list.spec.ts',
  'test/store/postgres-transaction-clients.spec.ts',
  'test/store/redis-unavailable.spec.ts',
  'test/e2e/pgbouncer.spec.ts',
  'test/store/redis-failover.spec.ts',
  'test/e2e/leases-leftovers.spec.ts',
];

/** Those that compute longest. For the first run on a machine: later ones go by what Jest remembers. */
const COMPUTING = [
  'test/faults/soak.spec.ts',
  'test/store/postgres-pglite.spec.ts',
  'test/e2e/sample-postgres.spec.ts',
  'test/bench/run.spec.ts',
  'test/store/redis-cluster.spec.ts',
  'test/store/cache-manager.spec.ts',
  'test/store/redis.spec.ts',
  'test/e2e/sample.spec.ts',
  'test/faults/exactly-once-storm.spec.ts',
  'test/faults/exit.spec.ts',
  'test/e2e/sample-faults.spec.ts',
  'test/e2e/late-answers.spec.ts',
  'test/faults/redis-sample-scripts.spec.ts',
  'test/store/postgres.spec.ts',
  'test/docs/snippets.spec.ts',
  'test/e2e/sample-restarts.spec.ts',
  'test/e2e/effects-resume.spec.ts',
  'test/e2e/replay-compression.spec.ts',
];

/** Place in a list; behind it what is not there. */
const rankIn = (list, { path }) => {
  const rank = list.findIndex((suite) => path.endsWith(suite));
  return rank < 0 ? list.length : rank;
};

const inTurn = (some, others) =>
  Array.from({ length: Math.max(some.length, others.length) }, (_, i) => [some[i], others[i]])
    .flat()
    .filter(Boolean);

module.exports = class extends Sequencer {
  sort(tests) {
    const sorted = super.sort(tests);
    // Jest knows how long they took last time; a suite that it does not know is not among them.
    if (!tests.every(({ duration }) => duration)) {
      sorted.sort((a, b) => rankIn(COMPUTING, a) - rankIn(COMPUTING, b));
      sorted.sort((a, b) => rankIn(WAITING, a) - rankIn(WAITING, b));
    }
    const waits = (test) => rankIn(WAITING, test) < WAITING.length;
    return inTurn(
      sorted.filter(waits),
      sorted.filter((test) => !waits(test)),
    );
  }
};
