// An application on Prisma, as docs/exactly-once.md has it, on a real Postgres.
import 'reflect-metadata';
import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { Controller, Headers, Module, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { IdempotencyContext, Idempotent } from 'nestjs-idempotency';
import { PostgresStore } from 'nestjs-idempotency/postgres';
import { setFaultPoints } from 'nestjs-idempotency/testing';
import { AppModule, pool, prisma } from './app.module.js';

/** What the handler is to do under a key. */
const scenes: Record<string, 'fails' | 'outside'> = { fails: 'fails', outside: 'outside' };
let refusal: unknown;

@Controller('explicit')
class ExplicitController {
  constructor(private readonly idempotency: IdempotencyContext) {}

  @Post()
  @Idempotent({ guarantee: 'exactly-once', transaction: 'explicit' })
  create(@Headers('idempotency-key') key: string) {
    if (scenes[key] === 'outside') {
      return this.idempotency.commitWith(prisma, {}).catch((error: unknown) => {
        refusal = error;
        throw error;
      });
    }
    return prisma.$transaction(async (tx) => {
      const order = await tx.order.create({ data: { item: key } });
      if (scenes[key] === 'fails') {
        delete scenes[key];
        throw new Error('after the write');
      }
      return this.idempotency.commitWith(tx, order);
    });
  }
}

@Module({ imports: [AppModule], controllers: [ExplicitController] })
class Root {}

const TABLES = `
DROP TABLE IF EXISTS orders, idempotency_records; DROP SEQUENCE IF EXISTS tries;
CREATE TABLE orders (id serial PRIMARY KEY, item text NOT NULL, xid xid8 DEFAULT pg_current_xact_id());
CREATE SEQUENCE tries;
CREATE OR REPLACE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF NEW.item = 'contested' AND nextval('tries') = 1 THEN
    RAISE EXCEPTION 'could not serialize access' USING ERRCODE = '40001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER lose BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION lose();`;

let url = '';

async function order(key: string, path = '/orders') {
  const response = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': key },
    body: JSON.stringify({ item: key }),
  });
  const replayed = response.headers.get('idempotent-replayed') === 'true';
  return { status: response.status, replayed, text: await response.text() };
}

async function ordersOf(item: string) {
  const { rows } = await pool.query<{ id: number; xid: string }>(
    'SELECT id, xid FROM orders WHERE item = $1',
    [item],
  );
  return rows;
}

async function expectTogether(key: string, path?: string) {
  const first = await order(key, path);
  assert.deepEqual([first.status, first.replayed], [201, false], first.text);
  const [row] = await ordersOf(key);
  assert.equal((JSON.parse(first.text) as { id: number }).id, row?.id);
  const records = await pool.query<{ xid: string }>('SELECT xmin::text AS xid FROM idempotency_records');
  assert.ok(
    records.rows.some(({ xid }) => xid === row?.xid),
    'one transaction',
  );
  assert.deepEqual(await order(key, path), { ...first, replayed: true });
  assert.equal((await ordersOf(key)).length, 1);
}

async function main(platform: string | undefined) {
  await pool.query(TABLES);
  await pool.query(
    'DROP TABLE IF EXISTS idempotency_records_migrations; DROP SEQUENCE IF EXISTS idempotency_records_fence',
  );
  await new PostgresStore({ client: pool }).migrate();
  const adapter = platform === 'fastify' ? new FastifyAdapter() : new ExpressAdapter();
  const app = await NestFactory.create(Root, adapter, { logger: ['fatal'], abortOnError: false });
  await app.listen(0, '127.0.0.1');
  url = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;

  await expectTogether('tea');
  await expectTogether('cocoa', '/explicit');

  // The answer cannot be recorded: no order either, and the retry runs.
  for (const path of ['/orders', '/explicit']) {
    const key = `coffee${path}`;
    let fails = true;
    setFaultPoints(app, async (point) => {
      if (point !== 'before-save' || !fails) return;
      fails = false;
      throw new Error('the record cannot be written');
    });
    assert.equal((await order(key, path)).status, 503);
    assert.deepEqual(await ordersOf(key), []);
    assert.equal((await order(key, path)).status, 201);
    assert.equal((await ordersOf(key)).length, 1);
  }

  // Overtaken: the client gets the answer of the winner.
  for (const path of ['/orders', '/explicit']) {
    const key = `late${path}`;
    let winner = '';
    let isFirst = true;
    setFaultPoints(app, async (point) => {
      if (point !== 'before-save' || !isFirst) return;
      isFirst = false;
      await pool.query("UPDATE idempotency_records SET lease_ends = 0 WHERE phase = 'open'");
      winner = (await order(key, path)).text;
    });
    const stale = await order(key, path);
    assert.deepEqual(stale, { status: 201, replayed: true, text: winner });
    assert.equal((await ordersOf(key)).length, 1);
  }
  setFaultPoints(app, undefined);

  // A handler that fails after its write.
  assert.equal((await order('fails', '/explicit')).status, 500);
  assert.deepEqual(await ordersOf('fails'), []);
  assert.equal((await order('fails', '/explicit')).status, 201);

  // A transaction that lost against another one is run again.
  assert.equal((await order('contested')).status, 201);
  assert.equal((await ordersOf('contested')).length, 1);

  // A client that is not in a transaction.
  assert.equal((await order('outside', '/explicit')).status, 503);
  assert.match(String(refusal), /a PrismaClient outside of .* is not a transaction/);

  await app.close();
  await pool.end();
  await prisma.$disconnect();
}

main(process.argv[2]).catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
