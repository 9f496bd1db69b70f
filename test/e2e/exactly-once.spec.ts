import { ConflictException } from '@nestjs/common';
import { PLATFORMS } from '../support/create-app.js';
import { Shop, type ShopOptions } from './exactly-once.shop.js';

describe.each(PLATFORMS)('exactly-once on %s', (platform) => {
  let shop: Shop;
  const open = async (options?: ShopOptions) => (shop = await Shop.open(platform, options));
  afterEach(() => shop.close());

  it('order and record are written by one transaction, and the retry is a replay', async () => {
    await open();
    const first = await shop.order('one');
    expect(first).toMatchObject({ status: 201, json: { run: 1 }, replayed: false });
    const [row] = await shop.place.rows<{ same: boolean }>(
      `SELECT r.xmin::text = o.xid::text AS same FROM $table AS r, "${shop.place.schema}".orders AS o`,
    );
    expect(row).toEqual({ same: true });
    expect(await shop.order('one')).toMatchObject({ status: 201, text: first.text, replayed: true });
    expect(await shop.orders('one')).toEqual([1]);
    expect(shop.outcomes).toEqual(['recorded', 'replayed']);
    expect(shop.incidents).toEqual([]);
  });

  it('a handler that fails leaves neither, and the retry runs', async () => {
    await open();
    shop.after = ({ run }) => {
      if (run === 1) throw new Error('after the write');
      return { run };
    };
    expect(await shop.order('two')).toMatchObject({ status: 500 });
    expect(await shop.orders('two')).toEqual([]);
    expect(await shop.place.rows('SELECT id FROM $table')).toEqual([]);
    expect(await shop.order('two')).toMatchObject({ status: 201, json: { run: 2 }, replayed: false });
    expect(await shop.orders('two')).toEqual([2]);
  });

  it('what the handler says of the request (4xx) is recorded after the rollback', async () => {
    await open();
    shop.after = () => {
      throw new ConflictException('sold out');
    };
    const first = await shop.order('three');
    expect(first).toMatchObject({ status: 409, json: { message: 'sold out' } });
    expect(await shop.orders('three')).toEqual([]);
    expect(await shop.order('three')).toMatchObject({ status: 409, text: first.text, replayed: true });
    expect(shop.runs).toBe(1);
  });
});
