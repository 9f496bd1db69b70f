import { pgTransactions } from 'nestjs-idempotency/postgres';
import type { PoolClient } from 'pg';
import { PLATFORMS } from '../support/create-app.js';
import { Gate } from '../support/fault-gate.js';
import { ExplicitShop, type Visit } from './exactly-once-explicit.shop.js';
import { LIBRARIES, type Library } from './exactly-once-clients.js';

const cases = Object.keys(LIBRARIES).flatMap((name) =>
  PLATFORMS.map((platform) => ({ name, platform, make: LIBRARIES[name]! })),
);

describe.each(cases)('commitWith() in a transaction of $name on $platform', ({ platform, make }) => {
  let shop: ExplicitShop;
  let library: Library;
  const order = (visit: Visit, before: () => Promise<unknown> = async () => undefined) =>
    library.begin(async ({ tx, insert }) => {
      await insert(visit.key, visit.run);
      await before();
      return visit.context.commitWith(tx, { run: visit.run });
    });

  beforeEach(async () => {
    shop = await ExplicitShop.open(platform);
    library = await make(shop.place);
    shop.handle = (visit) => order(visit);
  });
  afterEach(async () => {
    await library.close();
    await shop.close();
  });

  it('order and record are written by one transaction, and the retry is a replay', async () => {
    const first = await shop.order('a');
    expect(first).toMatchObject({ status: 201, json: { run: 1 }, replayed: false });
    expect(await shop.together()).toEqual([true]);
    const retry = await shop.order('a');
    expect(retry).toMatchObject({ status: 201, replayed: true });
    expect(retry.bytes).toEqual(first.bytes);
    expect(await shop.orders()).toEqual([1]);
  });

  it('an error leaves neither, and the retry runs', async () => {
    shop.handle = (visit) =>
      order(visit, async () => {
        if (visit.run === 1) throw new Error('no stock');
      });
    expect(await shop.order('a')).toMatchObject({ status: 500 });
    expect(await shop.orders()).toEqual([]);
    expect(await shop.order('a')).toMatchObject({ status: 201, json: { run: 2 } });
    expect(await shop.orders()).toEqual([2]);
  });

  it('an attempt that was overtaken is rolled back, and its client gets the answer of the winner', async () => {
    const goOn = new Gate();
    shop.handle = (visit) => (visit.run > 1 ? order(visit) : order(visit, () => goOn.pass()));
    const stale = shop.order('a');
    await goOn.reached;
    await shop.place.rows('UPDATE $table SET lease_ends = 0');
    // Some of these have one connection.
    const transactions = pgTransactions<PoolClient>(shop.place.pool);
    shop.handle = (visit) =>
      transactions.run(async (client) => {
        await shop.insert(client, visit);
        return visit.context.commitWith(client, { run: visit.run });
      });
    const winner = await shop.order('a');
    expect(winner).toMatchObject({ status: 201, json: { run: 2 }, replayed: false });
    goOn.open();
    expect(await stale).toMatchObject({ status: 201, text: winner.text, replayed: true });
    expect(await shop.orders()).toEqual([2]);
  });

  it('a savepoint that is rolled back leaves the rest', async () => {
    shop.handle = (visit) =>
      library.begin(async ({ tx, insert, nested }) => {
        await insert(visit.key, visit.run);
        await nested(async (within) => {
          await within(visit.key, 77);
          throw new Error('not this part');
        });
        await nested(async (within) => void (await within(visit.key, 88)));
        return visit.context.commitWith(tx, { run: visit.run });
      });
    expect(await shop.order('a')).toMatchObject({ status: 201, json: { run: 1 } });
    expect(await shop.orders()).toEqual([1, 88]);
  });

  it('what is not its transaction is refused, and nothing is recorded by it', async () => {
    let refusal: unknown;
    shop.handle = ({ context }) =>
      context.commitWith(library.outside, {}).catch((error: unknown) => {
        refusal = error;
        throw error;
      });
    expect(await shop.order('a')).toMatchObject({ status: 503 });
    expect(refusal).toMatchObject({
      code: 'IDEMPOTENCY_CONFIGURATION',
      message: expect.stringMatching(/is not a transaction/),
    });
    expect(await shop.place.rows('SELECT id FROM $table')).toEqual([]);
  });
});
