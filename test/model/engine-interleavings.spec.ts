import fc from 'fast-check';
import type { ReplayCacheBounds } from '../../lib/engine/replay-cache.js';
import { fakeTime, LEASE } from '../unit/engine/engine-harness.js';
import { checkHistory } from './check-history.js';
import { EngineWorld } from './engine-world.js';
import { AT_LEAST_ONCE, AT_MOST_ONCE, GUARANTEES, type Guarantee } from './guarantee.js';
import { REDIS_DURABLE } from './stores.js';

const PROCESSES = 3;

const which = fc.nat({ max: PROCESSES - 1 });
const action = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('ask' as const), which }) },
  { weight: 12, arbitrary: fc.record({ do: fc.constant('deliver' as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('end' as const),
      which,
      how: fc.constantFrom('answered', 'answered', 'failed', 'refused'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('fail' as const),
      which,
      operation: fc.constantFrom('acquire', 'extend', 'complete', 'release'),
      times: fc.integer({ min: 1, max: 4 }),
      replyLost: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('kill' as const), which }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 2 * LEASE }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('freeze' as const), ms: fc.integer({ min: 1, max: 2 * LEASE }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('resolve' as const),
      as: fc.constantFrom('completed', 'not-applied'),
    }),
  },
);

const actions = fc.array(action, { minLength: 10, maxLength: 60 });

type Action = typeof action extends fc.Arbitrary<infer Value> ? Value : never;

async function act(world: EngineWorld, scheduler: fc.Scheduler, what: Action): Promise<void> {
  switch (what.do) {
    case 'ask':
      return world.ask(world.processes[what.which]!);
    case 'deliver':
      if (scheduler.count() > 0) await scheduler.waitOne();
      return;
    case 'end': {
      const run = world.runs[what.which];
      return run && world.end(run, what.how);
    }
    case 'fail':
      return world.processes[what.which]!.store.fail(what.operation, what);
    case 'kill':
      return world.kill(world.processes[what.which]!);
    case 'pass':
      return world.pass(what.ms);
    case 'freeze':
      return world.freeze(what.ms);
    case 'resolve':
      return world.resolve(what.as);
  }
}

/** More, and others each time: INTERLEAVINGS=5000 npx jest test/model/engine-interleavings.spec.ts */
const more = Number(process.env.INTERLEAVINGS ?? 0);
const extent = more > 0 ? { numRuns: more } : { numRuns: 60, seed: 67 };

/** Plays with one guarantee what another one promises. */
const as = (played: Guarantee, promised: Guarantee, replayCache?: ReplayCacheBounds) =>
  fc.asyncProperty(fc.scheduler(), actions, async (scheduler, all) => {
    const world = new EngineWorld(scheduler, played, PROCESSES, replayCache);
    for (const each of all) await act(world, scheduler, each);
    await world.settle();
    // Whoever asks now gets an answer, or is told that a person has to find it.
    const end = await world.askOnceMore();
    const ends = promised.onLapse === 'rerun' ? ['completed'] : ['completed', 'uncertain'];
    expect(ends).toContain(end);
    expect(checkHistory(world.history, { guarantee: promised, store: REDIS_DURABLE })).toEqual([]);
    for (const { engine } of world.processes) expect(engine.attemptsRunning).toBe(0);
  });

describe('the real engine, with its calls, replies, faults and time in any order', () => {
  fakeTime();
  if (more > 0) jest.setTimeout(3_600_000);

  it.each(GUARANTEES)('[B67] does nothing under $name that the model does not know', async (guarantee) => {
    await fc.assert(as(guarantee, guarantee), extent);
  });

  it.each(GUARANTEES)('nor when it remembers answers, under $name', async (guarantee) => {
    await fc.assert(as(guarantee, guarantee, { maxBytes: 65_536, ttl: LEASE }), extent);
  });

  it('is seen to run again where it must not', async () => {
    const { failed } = await fc.check(as(AT_LEAST_ONCE, AT_MOST_ONCE), { ...extent, endOnFailure: true });
    expect(failed).toBe(true);
  });
});
