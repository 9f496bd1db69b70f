import { Controller, Post } from '@nestjs/common';
import type { Pool } from 'pg';
import { Idempotent } from 'nestjs-idempotency';
import { createApp, send, type TestApp } from '../support/create-app.js';
import { openPlace, openPool, type Place } from '../support/postgres-store.js';

describe('[B52] an application on a PostgresStore and a pool of one', () => {
  let place: Place;
  let pool: Pool;
  let test: TestApp;
  /** Resolves in a handler that has the only connection. */
  let inside: () => void;
  let leave: Promise<void>;
  let runs = 0;

  @Controller()
  class Orders {
    @Post('orders')
    @Idempotent({ scope: 'public' })
    async create() {
      const connection = await pool.connect();
      runs++;
      inside();
      await leave;
      const { rows } = await connection.query<{ run: number }>('SELECT $1::int AS run', [runs]);
      connection.release();
      return rows[0];
    }
  }

  beforeAll(async () => {
    place = await openPlace();
    pool = openPool({ max: 1 });
    test = await createApp('express', {
      controllers: [Orders],
      idempotency: { store: place.store({ client: pool }), storeTimeout: 300 },
    });
  });
  afterAll(async () => {
    await test.close();
    await pool.end();
    await place.close();
  });

  it('answers 503 while a handler has the only connection, and records its answer when it is done', async () => {
    let open!: () => void;
    leave = new Promise((resolve) => (open = resolve));
    const entered = new Promise<void>((resolve) => (inside = resolve));
    const first = send(`${test.url}/orders`, { key: 'one' });
    await entered;
    const crowd = await Promise.all(
      ['one', 'two', 'three'].map((key) => send(`${test.url}/orders`, { key })),
    );
    expect(crowd.map(({ status }) => status)).toEqual([503, 503, 503]);
    open();
    expect(await first).toMatchObject({ status: 201, json: { run: 1 } });
    const retry = await send(`${test.url}/orders`, { key: 'one' });
    expect(retry).toMatchObject({ status: 201, json: { run: 1 }, replayed: true });
  });

  it('what landed late while nobody listened leaves no key stuck', async () => {
    leave = Promise.resolve();
    inside = () => undefined;
    // Claims that were given up are taken back as soon as there is a connection.
    for (const key of ['two', 'three']) {
      let answer = await send(`${test.url}/orders`, { key });
      while (answer.status === 409) answer = await send(`${test.url}/orders`, { key });
      expect(answer.status).toBe(201);
    }
    expect(runs).toBe(3);
  });
});
