import { fork } from 'node:child_process';
import { once } from 'node:events';
import { buildChild } from '../support/child-build.js';
import { PLATFORMS } from '../support/create-app.js';
import type { SoakRound } from '../support/matrix-soak.js';

const ROUNDS = 6;
/** Per round. */
const REQUESTS = 1_700;

interface Soak {
  readonly rounds: SoakRound[];
  /** How many answers of each status there were. */
  readonly statuses: Record<string, number>;
  readonly exit: unknown;
}

async function soak(platform: string): Promise<Soak> {
  const settings = JSON.stringify({ platform, rounds: ROUNDS, requests: REQUESTS });
  const child = fork(buildChild('test/support/matrix-soak.ts'), {
    env: { PATH: process.env.PATH, NODE_ENV: 'test', SOAK_SETTINGS: settings },
    execArgv: ['--expose-gc', '--no-warnings'],
  });
  const told: any[] = [];
  child.on('message', (message) => told.push(message));
  const exit = await once(child, 'exit');
  return { rounds: told.slice(0, -1), statuses: told.at(-1)?.statuses, exit };
}

/** Both at once. */
const soaks = new Map<string, Promise<Soak>>();
beforeAll(() => {
  for (const platform of PLATFORMS) soaks.set(platform, soak(platform));
});

describe.each(PLATFORMS)('ten thousand requests on %s', (platform) => {
  let result: Soak;
  beforeAll(async () => {
    result = await soaks.get(platform)!;
  }, 120_000);

  it('are answered: firsts, duplicates that waited, errors that are not recorded', () => {
    expect(Object.keys(result.statuses).sort()).toEqual(['201', '429']);
    expect(Object.values(result.statuses).reduce((sum, count) => sum + count)).toBe(ROUNDS * REQUESTS);
  });

  it('leave no timer, no listener and no record behind', () => {
    expect(result.rounds).toHaveLength(ROUNDS);
    const [, second, ...later] = result.rounds;
    for (const round of later) {
      expect(round.records).toBe(0);
      // Node has two or three of its own.
      expect(round.timers).toBeLessThan(10);
      expect(round.listeners).toBe(second!.listeners);
    }
  });

  it('leave no memory behind', () => {
    // The first rounds fill caches and compile code. What a request leaves is never less than this.
    const [, , third, ...later] = result.rounds;
    const growth = Math.min(...later.slice(-2).map(({ heap }) => heap)) - third!.heap;
    expect(growth).toBeLessThan(100 * REQUESTS * (ROUNDS - 3));
  });

  it('let the process end by itself', () => {
    expect(result.exit).toEqual([0, null]);
  });
});
