import { PLATFORMS } from '../support/create-app.js';
import { Family } from '../support/child-process.js';
import { STORES } from '../support/fault-stores.js';

const CASES = PLATFORMS.flatMap((platform) => STORES.map((store) => [platform, store] as const));

describe.each(CASES)('a process on %s with %s', (platform, storeName) => {
  const family = new Family();
  const memory = storeName === 'memory';
  afterEach(async () => {
    const { bugs } = family;
    await family.end();
    expect(bugs).toEqual([]);
  });

  it('[B28] [B29] exits by itself after its application was closed, whatever it did before', async () => {
    const child = await family.start({ platform, memory, lease: 30_000, wait: 20_000 });
    // A success, its replay, an error, a conflict that waited: all that starts timers and listens.
    expect((await child.send('at once', { atOnce: true })).status).toBe(201);
    expect((await child.send('at once', { atOnce: true })).replayed).toBe(true);
    const failing = child.send('failing');
    await child.hears('runs', 2);
    child.tell({ kind: 'end', key: 'failing', status: 500 });
    expect((await failing).status).toBe(500);
    const first = child.send('k');
    await child.hears('runs', 3);
    const waiter = child.send('k');
    child.tell({ kind: 'end', key: 'k' });
    expect([(await first).status, (await waiter).status]).toEqual([201, 201]);
    child.tell({ kind: 'close' });
    const { resources } = await child.hears('closed');
    expect(resources.filter((name) => name === 'Timeout')).toEqual([]);
    expect(await child.ended).toEqual([0, null]);
    expect(child.all('store-closed')).toHaveLength(1);
  });

  it('[B28] exits by itself though it was closed while it worked, and after it was stored', async () => {
    const child = await family.start({ platform, memory, lease: 30_000 });
    const answer = child.send('k');
    await child.hears('runs');
    child.tell({ kind: 'close' });
    child.tell({ kind: 'end', key: 'k' });
    expect((await answer).status).toBe(201);
    expect(await child.ended).toEqual([0, null]);
    const order = child.told.map((message) => message.kind);
    expect(order.indexOf('outcome')).toBeLessThan(order.indexOf('store-closed'));
    expect(child.all('outcome')).toMatchObject([{ outcome: 'recorded' }]);
  });

  it('[B28] answers what it works on when SIGTERM comes, and another process replays it', async () => {
    const child = await family.start({ platform, memory, lease: 30_000 });
    const answer = child.send('k');
    await child.hears('runs');
    child.signal('SIGTERM');
    child.tell({ kind: 'end', key: 'k' });
    const first = await answer;
    expect(first.status).toBe(201);
    await child.hears('store-closed');
    expect(child.all('outcome')).toMatchObject([{ outcome: 'recorded' }]);
    if (memory) return;
    const other = await family.start({ platform, lease: 30_000 });
    const retry = await other.send('k');
    expect(retry.replayed).toBe(true);
    expect(retry.bytes).toEqual(first.bytes);
  });
});
