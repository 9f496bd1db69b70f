import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { PLATFORMS } from '../support/create-app.js';
import { MatrixProcess } from '../support/matrix-process.js';
import { Scene, type Stage } from '../support/matrix-scene.js';
import { inMemory, loseReply, loseWrite, timeOut, type StoreScene } from '../support/matrix-store-faults.js';
import { afterStoreFault, STORE_CALLS, STORE_FAULTS } from '../support/matrix-table.js';
import type { Outcome, StoreFault } from '../support/matrix-table.js';
import { TcpProxy } from '../support/tcp-proxy.js';

const GUARANTEES = ['at-least-once', 'at-most-once'] as const;
/** Of those who lose writes. */
const LEASE = 3_000;
/** Of those who lose their network: long enough that none ends meanwhile, however busy the machine is. */
const LONG_LEASE = 8_000;
const STORE_TIMEOUT = 800;
const LATE = 'the store times out, and does it later';

/** What is later done by a store in memory is another thing, which test/faults/store-faults.spec.ts shows. */
const storesOf = (fault: StoreFault) =>
  fault === LATE ? (['redis'] as const) : (['redis', 'memory'] as const);

const cellsOf = (fault: StoreFault) =>
  STORE_CALLS.flatMap((call) =>
    GUARANTEES.flatMap((guarantee) =>
      PLATFORMS.flatMap((platform) =>
        storesOf(fault).map((store) => ({
          ...{ ...call, guarantee, platform, store },
          name: `${call.operation} of a handler ending ${call.ending}, ${guarantee}, on ${platform} with ${store}`,
        })),
      ),
    ),
  );

type Seen = Map<string, Partial<Outcome>>;

describe('when', () => {
  const processes: MatrixProcess[] = [];
  const admin = new Redis(Number(process.env.TEST_REDIS_PORT));
  const prefix = `${randomUUID()}:`;
  const results = new Map<string, Promise<Seen>>();
  let network: TcpProxy;

  function playAll(
    fault: StoreFault,
    store: 'redis' | 'memory',
    home: MatrixProcess,
    act: (cells: readonly StoreScene[]) => Promise<Partial<Outcome>[]>,
  ): Promise<Seen> {
    const stage: Stage = { home, peer: processes.at(-1)!, admin, prefix };
    const cells = cellsOf(fault).filter((cell) => cell.store === store);
    const playing = act(cells.map((call) => ({ scene: new Scene(call, stage), call }))).then(
      (seen) => new Map(cells.map(({ name }, i) => [name, seen[i]!])),
    );
    playing.catch(() => undefined);
    results.set(`${fault} ${store}`, playing);
    return playing;
  }

  /** One after the other: a network breaks for all who use it. */
  async function playOverTheNetwork(home: MatrixProcess): Promise<void> {
    await playAll('the store times out', 'redis', home, (cells) => timeOut(cells, network, false));
    await playAll(LATE, 'redis', home, (cells) => timeOut(cells, network, true));
    await playAll('its reply is lost', 'redis', home, async (cells) => {
      const seen: Partial<Outcome>[] = [];
      for (const cell of cells) seen.push(await loseReply(cell, network));
      return seen;
    });
  }

  beforeAll(async () => {
    const port = Number(process.env.TEST_REDIS_PORT);
    network = await TcpProxy.start(port);
    const settings = { prefix, effectPort: port };
    const direct = { ...settings, lease: LEASE, storePort: port };
    const starting = [
      { ...settings, lease: LONG_LEASE, storePort: network.port, storeTimeout: STORE_TIMEOUT },
      { ...direct, storeTimeout: STORE_TIMEOUT },
      { ...direct, storeTimeout: 5_000 },
    ].map((each) => MatrixProcess.start(each));
    processes.push(...(await Promise.all(starting)));
    const [unlucky, lucky] = processes as [MatrixProcess, MatrixProcess];
    for (const fault of ['the store times out', 'its reply is lost', 'the store loses the write'] as const) {
      void playAll(fault, 'memory', lucky, (cells) =>
        Promise.all(cells.map((cell) => inMemory(cell, fault))),
      );
    }
    void playAll('the store loses the write', 'redis', lucky, (cells) => Promise.all(cells.map(loseWrite)));
    await playOverTheNetwork(unlucky);
  }, 120_000);

  afterAll(async () => {
    await Promise.all(processes.map((process) => process.kill()));
    await network.close();
    admin.disconnect();
  });

  describe.each(STORE_FAULTS)('%s', (fault) => {
    it.each(cellsOf(fault))('at $name', async (cell) => {
      const seen = await results.get(`${fault} ${cell.store}`)!;
      expect(seen.get(cell.name)).toEqual(afterStoreFault(fault, cell, cell.guarantee, cell.store));
    });
  });

  it('nothing fails where nobody is told', async () => {
    await Promise.all(results.values());
    expect(processes.flatMap(({ bugs }) => bugs)).toEqual([]);
  });
});
