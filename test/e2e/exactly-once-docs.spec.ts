// The programs of docs/exactly-once.md, run as they stand there.
import { randomBytes } from 'node:crypto';
import { setFaultPoints } from 'nestjs-idempotency/testing';
import { Pool } from 'pg';
import { PostgresStore } from '../../lib/store/postgres/index.js';
import { blocksOf, read } from '../docs/markdown.js';
import { createApp, PLATFORMS, send, type TestApp } from '../support/create-app.js';
import { databaseUrl, openPool } from '../support/postgres-store.js';
import { runSnippet } from '../support/run-snippet.js';

interface Program {
  readonly AppModule: new () => object;
  readonly pool: Pool;
  readonly dataSource?: { destroy(): Promise<void> };
}

const page = read('docs/exactly-once.md');
/** Each with the heading that it is under. */
const programs = blocksOf(page, 'ts')
  .filter(({ code }) => code.includes('class AppModule'))
  .map(({ code, line }) => {
    const before = page.split('\n').slice(0, line);
    return { code, under: before.findLast((text) => text.startsWith('## '))!.slice(3), line };
  });

/** An item that loses against others the first time. */
const CONTESTED = `
CREATE TABLE orders (id serial PRIMARY KEY, item text NOT NULL, xid xid8 DEFAULT pg_current_xact_id());
CREATE SEQUENCE tries;
CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF NEW.item = 'contested' AND nextval('tries') = 1 THEN
    RAISE EXCEPTION 'could not serialize access' USING ERRCODE = '40001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER lose BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION lose();`;

it('there is a program for each client, and for each way', () => {
  expect(programs.map(({ under }) => under)).toEqual([
    'With pg',
    'With Kysely',
    'With TypeORM',
    'With Drizzle',
    'The explicit way',
    'The explicit way',
  ]);
});

const cases = programs.flatMap((program) => PLATFORMS.map((platform) => ({ ...program, platform })));

describe.each(cases)('the program in line $line, "$under", on $platform', ({ code, platform }) => {
  const admin = openPool({ max: 1 });
  const name = `docs_${randomBytes(6).toString('hex')}`;
  let pool: Pool;
  let program: Program;
  let app: TestApp;

  beforeAll(async () => {
    await admin.query(`CREATE DATABASE ${name}`);
    const url = new URL(databaseUrl());
    url.pathname = name;
    pool = openPool({ connectionString: url.href });
    await new PostgresStore({ client: pool }).migrate();
    await pool.query(CONTESTED);
    process.env['DATABASE_URL'] = url.href;
    program = runSnippet<Program>(code);
    // Its last connections may still be on their way out when the database goes.
    program.pool.on('error', () => undefined);
    app = await createApp(platform, { imports: [program.AppModule], idempotency: false });
  });
  afterAll(async () => {
    delete process.env['DATABASE_URL'];
    await app.close();
    await program.dataSource?.destroy();
    await program.pool.end();
    await pool.end();
    await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
    await admin.end();
  });
  afterEach(() => setFaultPoints(app.app, undefined));

  const order = (key: string, item = key) => send(`${app.url}/orders`, { key, json: { item } });
  const orders = async (item: string) =>
    (await pool.query('SELECT id, xid FROM orders WHERE item = $1', [item])).rows as {
      id: number;
      xid: string;
    }[];

  it('commits order and answer together, and replays the answer', async () => {
    const first = await order('tea');
    expect(first).toMatchObject({ status: 201, replayed: false });
    const [row, ...others] = await orders('tea');
    expect(others).toEqual([]);
    expect(first.json).toMatchObject({ id: row!.id });
    const { rows } = await pool.query('SELECT xmin::text AS xid FROM idempotency_records');
    expect(rows).toEqual([{ xid: row!.xid }]);
    const retry = await order('tea');
    expect(retry).toMatchObject({ status: 201, replayed: true });
    expect(retry.bytes).toEqual(first.bytes);
    expect(await orders('tea')).toHaveLength(1);
  });

  it('leaves no order when the answer is not recorded, and the retry runs', async () => {
    let fails = true;
    setFaultPoints(app.app, async (point) => {
      if (point !== 'before-save' || !fails) return;
      fails = false;
      throw new Error('the record cannot be written');
    });
    expect(await order('coffee')).toMatchObject({ status: 503 });
    expect(await orders('coffee')).toEqual([]);
    expect(await order('coffee')).toMatchObject({ status: 201, replayed: false });
    expect(await orders('coffee')).toHaveLength(1);
  });

  it('leaves no order of an attempt that was overtaken, and gives its client the answer of the winner', async () => {
    let winner: Awaited<ReturnType<typeof order>> | undefined;
    let isFirst = true;
    setFaultPoints(app.app, async (point) => {
      if (point !== 'before-save' || !isFirst) return;
      isFirst = false;
      await pool.query("UPDATE idempotency_records SET lease_ends = 0 WHERE phase = 'open'");
      winner = await order('cocoa');
    });
    const stale = await order('cocoa');
    expect(winner).toMatchObject({ status: 201, replayed: false });
    expect(stale).toMatchObject({ status: 201, text: winner!.text, replayed: true });
    expect((await orders('cocoa')).map(({ id }) => id)).toEqual([winner!.json.id]);
  });

  it('runs a transaction again that lost against others', async () => {
    expect(await order('contested')).toMatchObject({ status: 201, replayed: false });
    expect(await orders('contested')).toHaveLength(1);
    expect((await pool.query('SELECT last_value::int AS tries FROM tries')).rows).toEqual([{ tries: 2 }]);
  });

  it('refuses an order that the database refuses, and leaves nothing', async () => {
    const failed = await send(`${app.url}/orders`, { key: 'none', json: { item: null } });
    expect(failed).toMatchObject({ status: 500 });
    const { rows } = await pool.query("SELECT id FROM idempotency_records WHERE phase = 'open'");
    expect(rows).toEqual([]);
  });
});
