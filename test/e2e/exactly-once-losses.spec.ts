import { randomBytes } from 'node:crypto';
import { PLATFORMS } from '../support/create-app.js';
import { until } from '../support/fault-gate.js';
import { databaseUrl, openPool } from '../support/postgres-store.js';
import { Shop } from './exactly-once.shop.js';

// What docs/guarantees.md says of a database that loses what it had committed.
describe.each(PLATFORMS)('exactly-once in a database that loses something, on %s', (platform) => {
  let shop: Shop;
  let cleanUp: (() => Promise<void>) | undefined;
  afterEach(async () => {
    await shop.close();
    await cleanUp?.();
    cleanUp = undefined;
  });

  it('a record that was deleted is forgotten: its retry writes a second order', async () => {
    shop = await Shop.open(platform);
    expect(await shop.order('a')).toMatchObject({ status: 201, json: { run: 1 } });
    await shop.place.rows('DELETE FROM $table');
    expect(await shop.order('a')).toMatchObject({ status: 201, json: { run: 2 }, replayed: false });
    expect(await shop.orders('a')).toEqual([1, 2]);
  });

  it('a backup that is restored, or a failover that loses commits, loses order and answer together', async () => {
    const name = `shop_${randomBytes(6).toString('hex')}`;
    const admin = openPool({ max: 1 });
    const copy = async (from: string, to: string) => {
      await admin.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1`, [from]);
      await admin.query(`CREATE DATABASE ${to} TEMPLATE ${from}`);
    };
    cleanUp = async () => {
      for (const one of [name, `${name}_backup`])
        await admin.query(`DROP DATABASE IF EXISTS ${one} WITH (FORCE)`);
      await admin.end();
    };
    await admin.query(`CREATE DATABASE ${name}`);
    const url = new URL(databaseUrl());
    url.pathname = name;
    shop = await Shop.open(platform, { database: url.href });

    const kept = await shop.order('before the backup');
    await until(() =>
      copy(name, `${name}_backup`).then(
        () => true,
        () => false,
      ),
    );
    expect(await shop.order('after the backup')).toMatchObject({ status: 201, json: { run: 2 } });
    await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
    await admin.query(`ALTER DATABASE ${name}_backup RENAME TO ${name}`);

    const replay = await shop.order('before the backup');
    expect(replay).toMatchObject({ status: 201, text: kept.text, replayed: true });
    expect(await shop.orders('after the backup')).toEqual([]);
    expect(await shop.order('after the backup')).toMatchObject({
      status: 201,
      json: { run: 3 },
      replayed: false,
    });
    expect(await shop.orders('after the backup')).toEqual([3]);
  });
});
