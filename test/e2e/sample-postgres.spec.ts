import { migratePostgres } from '../../sample/storage/migrate-postgres.js';
import { newKey, patiently, replayed, ShopClient, type Answer, type Ask } from './sample.client.js';
import { createDatabase, type Database } from './sample.database.js';
import { buildShop, migrateShop, spawnShop, type ShopProcess } from './sample.processes.js';

const MUG = [{ sku: 'mug', quantity: 1 }];

beforeAll(() => buildShop(), 240_000);

describe('two processes of the shop on one Postgres', () => {
  let database: Database;
  let a: ShopProcess;
  let b: ShopProcess;
  /** The customer, at A; B knows the session too. */
  let client: ShopClient;
  let user: string;

  const start = () => spawnShop({ DATABASE_URL: database.url, IDEMPOTENCY_LEASE_MS: '500' });
  const atB = () => client.at(b.url);
  const countOf = async (table: string): Promise<number> => {
    const sql = `SELECT count(*)::int AS count FROM shop.${table} WHERE user_id = $1`;
    return (await database.rows<{ count: number }>(sql, user))[0]!.count;
  };
  const end = async (shop: ShopProcess | undefined) => {
    shop?.child.kill('SIGTERM');
    await shop?.ended;
  };
  /** A dies of what it is asked, and another process takes its place. */
  const killA = async (send: () => Promise<Answer>) => {
    await expect(send()).rejects.toThrow();
    expect(await a.ended).toEqual([null, 'SIGKILL']);
  };
  const restartA = async () => {
    a = await start();
    client = client.at(a.url);
  };

  beforeAll(async () => {
    database = await createDatabase();
    await migrateShop(database.url);
    [a, b] = await Promise.all([start(), start()]);
  }, 60_000);

  beforeEach(async () => {
    // The test before may have left it dead.
    if (a.child.signalCode) a = await start();
    user = newKey();
    client = await ShopClient.login(a.url, user);
  }, 60_000);

  afterAll(async () => {
    await Promise.all([end(a), end(b)]);
    await database?.drop();
  });

  it('starts when its tables are there, which are made by a step that several may run at once', async () => {
    const empty = await createDatabase();
    const shop = () => spawnShop({ DATABASE_URL: empty.url });
    await expect(shop()).rejects.toThrow('Run: node dist/sample/migrate.js');
    await Promise.all([0, 1, 2, 3].map(() => migratePostgres(empty.url)));
    expect(await migrateShop(empty.url)).toBe('The tables in Postgres are up to date.\n');
    const started = await shop();
    expect((await new ShopClient(started.url).get('/health')).status).toBe(200);
    await end(started);
    await empty.drop();
  }, 60_000);

  it('says where it keeps things when it starts, without the password', () => {
    const { host, pathname } = new URL(database.url);
    expect(a.output.join('\n')).toContain(`store: postgres at ${host}${pathname})`);
  });

  it('answers the retry of an order, a payment and an invoice with the first answer, at the other process', async () => {
    const order = await client.mug();
    const requests: ((at: ShopClient, ask: Ask) => Promise<Answer>)[] = [
      (at, ask) => at.order(MUG, ask),
      (at, ask) => at.pay(order, ask),
      (at, ask) => at.post(`/orders/${order.id}/invoice`, undefined, ask),
    ];
    for (const send of requests) {
      const ask = { key: newKey() };
      const [first, retry] = [await send(client, ask), await send(atB(), ask)];
      expect([first.status, replayed(first), replayed(retry)]).toEqual([201, false, true]);
      expect(retry.bytes).toEqual(first.bytes);
    }
  });

  it('commits an order and its answer in one transaction', async () => {
    const answer = await client.order(MUG);
    const together = `SELECT o.id FROM shop.orders AS o
      JOIN shop.idempotency_records AS r ON r.xmin = o.xmin AND r.response IS NOT NULL WHERE o.user_id = $1`;
    expect(await database.rows(together, user)).toEqual([{ id: answer.json().id }]);
  });

  it('places one order, and draws one invoice for all, when requests with one key come at once', async () => {
    const twenty = (send: (at: ShopClient) => Promise<Answer>) =>
      Promise.all(Array.from({ length: 20 }, (_, i) => send(i % 2 ? client : atB())));
    const [ordering, drawing] = [newKey(), newKey()].map((key) => ({ key, fault: 'delay=1000' }));
    const orders = await twenty((at) => at.order(MUG, ordering));
    const statuses = orders.map(({ status }) => status).sort();
    expect(statuses).toEqual([201, ...Array.from({ length: 19 }, () => 409)]);
    const [order] = await client.list('/orders');
    const invoices = await twenty((at) => at.post(`/orders/${order!.id}/invoice`, undefined, drawing));
    expect(invoices.filter(replayed)).toHaveLength(19);
    expect(new Set(invoices.map(({ bytes }) => bytes.toString('latin1'))).size).toBe(1);
  });

  it.each(['crash@reserve', 'crash@write', 'crash'])(
    'has no trace of an order when it dies at %s, and one when the client asks the other process',
    async (fault) => {
      const stock = await client.stock('mug');
      const ask = { key: newKey() };
      await killA(() => client.order(MUG, { ...ask, fault }));
      expect([await countOf('orders'), await atB().stock('mug')]).toEqual([0, stock]);

      const [answer] = await Promise.all([patiently(() => atB().order(MUG, ask)), restartA()]);
      expect([answer.status, replayed(answer)]).toEqual([201, false]);
      const again = await client.order(MUG, ask);
      expect([replayed(again), again.bytes]).toEqual([true, answer.bytes]);
      expect(await client.list('/orders')).toEqual([answer.json()]);
      expect(await client.stock('mug')).toBe(stock - 1);
    },
    60_000,
  );

  it('has the order and its answer when it dies between the commit and the reply', async () => {
    const stock = await client.stock('mug');
    const ask = { key: newKey() };
    await killA(() => client.order(MUG, { ...ask, fault: 'crash@answer' }));
    const retry = await atB().order(MUG, ask);
    expect([retry.status, replayed(retry)]).toEqual([201, true]);
    expect(await atB().list('/orders')).toEqual([retry.json()]);
    expect(await atB().stock('mug')).toBe(stock - 1);
  }, 60_000);

  it.each(['reserve', 'charge', 'write', 'mail', 'answer'])(
    'charges once and sends one mail when it dies at %s, is started again, and the client retries',
    async (step) => {
      const stock = await client.stock('mug');
      const order = await client.mug();
      const ask = { key: newKey() };
      await killA(() => client.pay(order, { ...ask, fault: `crash@${step}` }));
      await restartA();

      const answer = await patiently(() => client.pay(order, ask));
      expect([answer.status, replayed(answer)]).toEqual([201, step === 'answer']);
      const again = await atB().pay(order, ask);
      expect([replayed(again), again.bytes]).toEqual([true, answer.bytes]);
      expect(await client.list('/payments')).toEqual([answer.json()]);
      expect(await client.list('/orders')).toEqual([{ ...order, status: 'paid' }]);
      expect(await client.list('/mails')).toHaveLength(1);
      expect(await client.stock('mug')).toBe(stock - 1);
    },
    60_000,
  );

  it('leaves no gap in the numbers of invoices when it dies while it draws one', async () => {
    const { id } = await client.mug();
    const draw = (at: ShopClient, ask: Ask) => at.post(`/orders/${id}/invoice`, undefined, ask);
    const numberOf = ({ headers }: Answer) =>
      Number(/(\d+)\.pdf/.exec(headers.get('content-disposition')!)![1]);
    const before = numberOf(await draw(client, { key: newKey() }));
    const ask = { key: newKey() };
    await killA(() => draw(client, { ...ask, fault: 'crash' }));
    const answer = await patiently(() => draw(atB(), ask));
    expect(numberOf(answer)).toBe(before + 1);
  }, 60_000);

  it('finishes what it is doing when it is told to stop, and the other process has the answer', async () => {
    const ask = { key: newKey() };
    const running = `SELECT FROM shop.idempotency_records WHERE phase = 'open'`;
    const first = client.order(MUG, { ...ask, fault: 'delay=1000' });
    while ((await database.rows(running)).length === 0);
    a.child.kill('SIGTERM');
    expect([(await first).status, await a.ended]).toEqual([201, [null, 'SIGTERM']]);
    const retry = await atB().order(MUG, ask);
    expect([replayed(retry), retry.bytes]).toEqual([true, (await first).bytes]);
  }, 60_000);

  it('is ill and says 503 while Postgres is away, and goes on when it is back', async () => {
    const ask = { key: newKey() };
    await database.shut();
    const [health, refused] = [await client.get('/health'), await client.order(MUG, ask)];
    expect([health.status, refused.status]).toEqual([503, 503]);
    expect(health.json()).toMatchObject({ error: { postgres: { status: 'down' } } });
    expect(refused.json().code).toBe('IDEMPOTENCY_STORE_UNAVAILABLE');
    await database.open();
    while ((await client.get('/health')).status !== 200);
    expect((await client.order(MUG, ask)).status).toBe(201);
  }, 60_000);
});
