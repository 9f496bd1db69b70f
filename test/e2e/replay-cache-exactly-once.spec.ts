import { PLATFORMS } from '../support/create-app.js';
import { Shop, type ShopOptions } from './exactly-once.shop.js';

const LOST = new Error('connection lost');

describe.each(PLATFORMS)('replayCache under exactly-once on %s', (platform) => {
  let shop: Shop;
  let acquire: jest.SpyInstance;
  const open = async (options: ShopOptions = {}) => {
    shop = await Shop.open(platform, { ...options, module: { replayCache: true, ...options.module } });
    acquire = jest.spyOn(shop.store, 'acquire');
  };
  afterEach(() => shop.close());

  it('replays what was committed, without a look at the database', async () => {
    await open();
    const first = await shop.order('key');
    expect(first).toMatchObject({ status: 201, json: { run: 1 }, replayed: false });
    expect(await shop.order('key')).toMatchObject({ status: 201, text: first.text, replayed: true });
    expect(acquire).toHaveBeenCalledTimes(1);
    expect(shop.outcomes).toEqual(['recorded', 'replayed']);
  });

  it('does not know what was rolled back: the retry runs', async () => {
    let fails = true;
    await open({
      runner: (inner) => ({
        run: (work) =>
          inner.run(async (tx) => {
            await work(tx);
            if (fails) throw LOST;
          }) as never,
      }),
    });
    expect(await shop.order('key')).toMatchObject({ status: 503 });
    expect(await shop.orders('key')).toEqual([]);
    fails = false;
    expect(await shop.order('key')).toMatchObject({ status: 201, json: { run: 2 }, replayed: false });
    expect(await shop.order('key')).toMatchObject({ status: 201, json: { run: 2 }, replayed: true });
    expect(await shop.orders('key')).toEqual([2]);
  });

  it('knows what was committed without a word as soon as the store has said so', async () => {
    await open({
      runner: (inner) => ({
        run: async (work) => {
          await inner.run(work);
          throw LOST;
        },
      }),
    });
    expect(await shop.order('key')).toMatchObject({ status: 201, json: { run: 1 }, replayed: false });
    expect(await shop.order('key')).toMatchObject({ status: 201, json: { run: 1 }, replayed: true });
    expect(acquire).toHaveBeenCalledTimes(1);
  });

  it('is asked while the commit is under way: the duplicate does not get what is not there yet', async () => {
    let committing = () => undefined as void;
    let goOn = () => undefined as void;
    const isCommitting = new Promise<void>((resolve) => (committing = resolve));
    const mayGoOn = new Promise<void>((resolve) => (goOn = resolve));
    await open({
      runner: (inner) => ({
        run: (work) =>
          inner.run(async (tx) => {
            const result = await work(tx);
            committing();
            await mayGoOn;
            return result;
          }),
      }),
      // What the duplicate asks waits for the row.
      module: { storeTimeout: 300 },
    });
    const first = shop.order('key');
    await isCommitting;
    expect([409, 503]).toContain((await shop.order('key')).status);
    goOn();
    expect(await first).toMatchObject({ status: 201, json: { run: 1 } });
    expect(await shop.order('key')).toMatchObject({ status: 201, json: { run: 1 }, replayed: true });
    expect(await shop.orders('key')).toEqual([1]);
  });
});
