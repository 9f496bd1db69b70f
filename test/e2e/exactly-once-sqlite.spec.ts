import { Controller, Headers, Inject, Post } from '@nestjs/common';
import { IdempotencyContext, Idempotent, type TransactionRunner } from 'nestjs-idempotency';
import { createApp, PLATFORMS, send, type TestApp } from '../support/create-app.js';
import { sqliteFile, type SqliteFile } from '../support/sqlite-store.js';

describe.each(PLATFORMS)('exactly-once in a file of SQLite on %s', (platform) => {
  let file: SqliteFile;
  let app: TestApp;
  let fails = true;
  afterEach(async () => {
    await app.close();
    file.remove();
  });

  it('order and record are committed together, or not at all', async () => {
    file = sqliteFile();
    const handle = file.open();
    handle.exec('PRAGMA journal_mode = WAL; CREATE TABLE orders (key text)');
    // A handle has one transaction at a time: one request after the other.
    let turn: Promise<unknown> = Promise.resolve();
    const transactions: TransactionRunner = {
      run: (work) => {
        const mine = turn.then(async () => {
          handle.exec('BEGIN');
          try {
            const result = await work(handle);
            handle.exec('COMMIT');
            return result;
          } catch (error) {
            handle.exec('ROLLBACK');
            throw error;
          }
        });
        turn = mine.catch(() => undefined);
        return mine;
      },
    };
    @Controller()
    class Orders {
      @Post('orders')
      @Idempotent({ guarantee: 'exactly-once', scope: 'public' })
      create(@Headers('idempotency-key') key: string) {
        handle.prepare('INSERT INTO orders VALUES (?)').run(key);
        fails = !fails;
        if (!fails) throw new Error('after the write');
        return { key };
      }
    }
    app = await createApp(platform, {
      controllers: [Orders],
      idempotency: { store: file.store(), transactions },
    });
    const order = () => send(`${app.url}/orders`, { key: 'a' });
    expect(await order()).toMatchObject({ status: 500 });
    expect(file.rows('SELECT * FROM orders')).toEqual([]);
    const first = await order();
    expect(first).toMatchObject({ status: 201, json: { key: 'a' }, replayed: false });
    expect(await order()).toMatchObject({ status: 201, text: first.text, replayed: true });
    expect(file.rows('SELECT key FROM orders')).toEqual([{ key: 'a' }]);
  });

  it('so they are by commitWith(), in a transaction of the handler', async () => {
    file = sqliteFile();
    const handle = file.open();
    handle.exec('PRAGMA journal_mode = WAL; CREATE TABLE orders (key text)');
    let isFirst = true;
    @Controller()
    class Orders {
      constructor(@Inject(IdempotencyContext) private readonly context: IdempotencyContext) {}

      @Post('orders')
      @Idempotent({ guarantee: 'exactly-once', transaction: 'explicit', scope: 'public' })
      async create(@Headers('idempotency-key') key: string) {
        handle.exec('BEGIN');
        try {
          handle.prepare('INSERT INTO orders VALUES (?)').run(key);
          if (isFirst) {
            isFirst = false;
            throw new Error('after the write');
          }
          const answer = await this.context.commitWith(handle, { key });
          handle.exec('COMMIT');
          return answer;
        } catch (error) {
          handle.exec('ROLLBACK');
          throw error;
        }
      }
    }
    app = await createApp(platform, { controllers: [Orders], idempotency: { store: file.store() } });
    const order = () => send(`${app.url}/orders`, { key: 'a' });
    expect(await order()).toMatchObject({ status: 500 });
    expect(file.rows('SELECT * FROM orders')).toEqual([]);
    const first = await order();
    expect(first).toMatchObject({ status: 201, json: { key: 'a' }, replayed: false });
    expect(await order()).toMatchObject({ status: 201, text: first.text, replayed: true });
    expect(file.rows('SELECT key FROM orders')).toEqual([{ key: 'a' }]);
  });
});
