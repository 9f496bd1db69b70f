import type * as nodeTest from 'node:test';

import type { IdempotencyStore, StoreCapabilities } from '../../lib/store/idempotency-store.js';
import { MemoryStore } from '../../lib/store/memory/memory-store.js';
import { describeStoreConformance, FakeClock } from '../../lib/testing/index.js';
import type { ConformanceOptions, ConformanceRunner } from '../../lib/testing/index.js';
import type { BrokenStore } from '../support/broken-stores/broken-store.js';
import { CollectingRunner, type Outcome } from '../support/broken-stores/collecting-runner.js';
import { brokenStores } from '../support/broken-stores/index.js';
import { ReferenceStore } from '../support/broken-stores/reference-store.js';
import { Storage } from '../support/broken-stores/storage.js';

async function run(
  options: Omit<ConformanceOptions, 'name' | 'runner'>,
  only?: readonly string[],
): Promise<Outcome[]> {
  const runner = new CollectingRunner();
  describeStoreConformance({ name: 'a store', patience: 20, ...options, runner });
  return runner.run(only);
}

function runOn(Store: BrokenStore['Store'], only?: readonly string[]): Promise<Outcome[]> {
  const storage = new Storage();
  return run({ create: () => new Store(storage), advance: storage.clock.advance }, only);
}

const failed = (outcomes: readonly Outcome[]): Outcome[] => outcomes.filter((each) => 'error' in each);
const titles = (outcomes: readonly Outcome[]): string[] => outcomes.map(({ title }) => title);

const failures = new Map<BrokenStore, Promise<string[]>>();
function failuresOf(broken: BrokenStore): Promise<string[]> {
  // What else fails is not asked: a defect may break more than the checks that are there to catch it.
  const run = () => runOn(broken.Store, broken.caughtBy);
  const known = failures.get(broken) ?? run().then((outcomes) => titles(failed(outcomes)));
  failures.set(broken, known);
  return known;
}

describe('[B46] the conformance suite', () => {
  it('passes on a plain store that is shared, durable and notifies', async () => {
    expect(failed(await runOn(ReferenceStore))).toEqual([]);
  });

  it('passes on a store that notifies late', async () => {
    class Late extends ReferenceStore {
      protected override tell(...told: Parameters<ReferenceStore['tell']>): void {
        setImmediate(() => super.tell(...told));
      }
    }
    const storage = new Storage();
    const create = () => new Late(storage);
    expect(failed(await run({ create, advance: storage.clock.advance, patience: 4000 }))).toEqual([]);
  });

  it('passes on MemoryStore', async () => {
    const clock = new FakeClock();
    const create = () => new MemoryStore({ clock: clock.now });
    expect(failed(await run({ create, advance: clock.advance }))).toEqual([]);
  });

  it('asks a store for nothing that it does not promise', async () => {
    class Modest extends ReferenceStore {
      override readonly capabilities: StoreCapabilities = {
        name: 'modest',
        durable: false,
        shared: false,
        clock: 'process',
        notifies: false,
      };
      override watch = undefined as never;
    }
    const clock = new FakeClock();
    const create = () => new Modest(Object.assign(new Storage(), { clock }));
    expect(failed(await run({ create, advance: clock.advance }))).toEqual([]);
  });

  describe.each(brokenStores)('on a store that $defect', (broken) => {
    it.each(broken.caughtBy)('fails: %s', async (title) => {
      expect(await failuresOf(broken)).toContain(title);
    });
  });

  it('has no check without a store that it is there to catch', async () => {
    const caught = new Set(brokenStores.flatMap(({ caughtBy }) => caughtBy));
    expect(titles(await runOn(ReferenceStore)).filter((title) => !caught.has(title))).toEqual([]);
  });

  it('leaves nothing behind that would stay for ever', async () => {
    const storage = new Storage();
    await run({ create: () => new ReferenceStore(storage), advance: storage.clock.advance });
    const lasting = [...storage.rows.values()].filter(({ ends }) => ends === Infinity);
    expect(lasting).toEqual([]);
  });

  it('starts, closes and gives back every handle it opened, also when a check fails', async () => {
    const events = { create: 0, start: 0, close: 0, destroy: 0 };
    class Failing extends ReferenceStore {
      override async start(): Promise<void> {
        events.start++;
      }
      override async close(): Promise<void> {
        events.close++;
      }
      override async acquire(): Promise<never> {
        throw new Error('down');
      }
    }
    const storage = new Storage();
    const create = (): IdempotencyStore => (events.create++, new Failing(storage));
    const outcomes = await run({ create, destroy: () => events.destroy++, advance: storage.clock.advance });
    expect(failed(outcomes).length).toBeGreaterThan(outcomes.length / 2);
    expect(events).toEqual({
      create: events.create,
      start: events.create,
      close: events.create,
      destroy: events.create,
    });
  });
});

describe('the runner of the conformance suite', () => {
  const { describe: globalDescribe, it: globalIt } = globalThis;
  afterEach(() => Object.assign(globalThis, { describe: globalDescribe, it: globalIt }));

  it('is that of node:test, too', () => {
    const fits = (runner: Pick<typeof nodeTest, 'describe' | 'it'>): ConformanceRunner => runner;
    expect(fits).toBeDefined();
  });

  it('is the global one unless another is passed', async () => {
    const runner = new CollectingRunner();
    const storage = new Storage();
    Object.assign(globalThis, { describe: runner.describe.bind(runner), it: runner.it.bind(runner) });
    const create = () => new ReferenceStore(storage);
    describeStoreConformance({ name: 'a store', create, advance: storage.clock.advance });
    expect(failed(await runner.run())).toEqual([]);
  });

  it('is asked for when there is none', () => {
    Object.assign(globalThis, { describe: undefined, it: undefined });
    const create = () => new MemoryStore();
    expect(() => describeStoreConformance({ name: 'a store', create })).toThrow(/Pass them: \{ runner/);
  });
});
