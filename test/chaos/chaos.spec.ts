import { bundle } from '../support/bundle.mjs';
import { explain, summary } from './report.js';
import { runChaos } from './run.js';

// Longer, with other seeds: `npm run test:chaos`.
const SEED = 42;
const DURATION = 6_000;

describe('servers on Express and Fastify that share a Redis, while everything that can fail does', () => {
  it.each(['at-least-once', 'at-most-once'] as const)(
    '[B67] keep the promise of %s',
    async (guarantee) => {
      const app = bundle('test/chaos/chaos-app.ts');
      const report = await runChaos({
        seed: SEED,
        duration: DURATION,
        clients: 10,
        servers: 3,
        platform: 'mixed',
        guarantee,
        app,
      });
      const found = report.violations.map((violation) => explain(violation, report));
      expect({ seed: SEED, found, ...(found.length && { summary: summary(report) }) }).toEqual({
        seed: SEED,
        found: [],
      });
      // The run is not empty: there were clients, faults and replays.
      expect(report.executions).toBeGreaterThan(20);
      expect(report.faults.length).toBeGreaterThan(10);
      expect(report.history.some((event) => event.kind === 'answered' && event.replayed)).toBe(true);
    },
    120_000,
  );
});
