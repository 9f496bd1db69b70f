import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { IdempotencyModule, IdempotencyService, MemoryStore } from 'nestjs-idempotency';
import { createApp, PLATFORMS } from '../support/create-app.js';
import { until } from '../support/fault-gate.js';
import { contentOf } from '../support/twins.js';
import type { Wire } from '../support/wire.js';
import { ANSWERS, Shelf } from './replay-cache.shelf.js';

/** Everything of an answer but the moment it was sent at. */
const wholeOf = ({ status, pairs, bytes }: Wire) => ({
  status,
  headers: pairs.filter(([name]) => name !== 'date'),
  bytes: bytes.toString('latin1'),
});

let shelf: Shelf;
beforeAll(async () => (shelf = await Shelf.open()));
afterAll(() => shelf.close());
afterEach(() => shelf.closeApps());

describe.each(PLATFORMS)('replayCache on %s', (platform) => {
  it.each([...Object.keys(ANSWERS), 'moved', 'empty', 'headers'])(
    'replays without a command, byte for byte as the store does: %s',
    async (what) => {
      const place = shelf.newPlace();
      const app = await shelf.app(platform, place);
      const first = await app.ask('key', what);
      const plain = await shelf.app(platform, place, { module: { replayCache: false } });
      let cached!: Wire;
      let stored!: Wire;
      const { runs } = shelf;
      expect(await shelf.commands(async () => (cached = await app.ask('key', what)))).toBe(0);
      expect(await shelf.commands(async () => (stored = await plain.ask('key', what)))).toBe(1);
      expect(shelf.runs).toBe(runs);
      expect([cached.replayed, stored.replayed]).toEqual([true, true]);
      expect(wholeOf(cached)).toEqual(wholeOf(stored));
      expect(contentOf(cached)).toEqual(contentOf(first));
    },
  );

  it('asks once for what another process has recorded', async () => {
    const place = shelf.newPlace();
    const [one, other] = [await shelf.app(platform, place), await shelf.app(platform, place)];
    const first = await one.ask('key');
    expect(await shelf.commands(() => other.ask('key'))).toBe(1);
    expect(await shelf.commands(() => other.ask('key'))).toBe(0);
    expect(await other.ask('key')).toMatchObject({ text: first.text, replayed: true });
  });

  it('tells a mismatch without a command, and the same events as without it', async () => {
    const place = shelf.newPlace();
    const app = await shelf.app(platform, place);
    await app.ask('key');
    const sent = await shelf.commands(async () => {
      expect(await app.ask('key')).toMatchObject({ status: 201, replayed: true });
      expect(await app.ask('key', 'json', { json: { sku: 'coffee' } })).toMatchObject({
        status: 422,
        json: { code: 'IDEMPOTENCY_KEY_REUSED' },
      });
    });
    expect(sent).toBe(0);
    const plain = await shelf.app(platform, shelf.newPlace(), { module: { replayCache: false } });
    await plain.ask('key');
    await plain.ask('key');
    await plain.ask('key', 'json', { json: { sku: 'coffee' } });
    const outcomes = (events: typeof app.events) =>
      events.map((event) => ({ ...event, recordId: typeof event.recordId }));
    expect(outcomes(app.events)).toEqual(outcomes(plain.events));
  });

  it('gives nobody the answer of somebody else', async () => {
    const app = await shelf.app(platform, shelf.newPlace());
    const alice = await app.ask('key', 'json', { user: 'alice' });
    const bob = await app.ask('key', 'json', { user: 'bob' });
    const nobody = await app.ask('key');
    expect([bob.replayed, nobody.replayed]).toEqual([false, false]);
    expect(new Set([alice.text, bob.text, nobody.text]).size).toBe(3);
    expect((await app.ask('key', 'json', { user: 'alice' })).text).toBe(alice.text);
    expect((await app.ask('key', 'json', { user: 'bob' })).text).toBe(bob.text);
  });

  it('gives each the recorded bytes, whatever was done to those of others on their way', async () => {
    const spoil = (bytes: unknown) => {
      if (bytes instanceof Uint8Array) for (const [i, byte] of bytes.entries()) bytes[i] = byte ^ 1;
      return bytes;
    };
    const setup = (app: unknown) => {
      if (platform === 'fastify') {
        const fastify = (app as NestFastifyApplication).getHttpAdapter().getInstance();
        fastify.addHook('onSend', async (_request, reply, payload) =>
          reply.hasHeader('idempotent-replayed') ? spoil(payload) : payload,
        );
        return;
      }
      (app as NestExpressApplication).use((_request: unknown, response: any, next: () => void) => {
        const { end } = response;
        response.end = (chunk: unknown, ...more: unknown[]) =>
          end.call(response, response.hasHeader('idempotent-replayed') ? spoil(chunk) : chunk, ...more);
        next();
      });
    };
    const app = await shelf.app(platform, shelf.newPlace(), { setup });
    const first = await app.ask('key', 'file');
    const spoilt = spoil(Buffer.from(first.bytes));
    for (let i = 0; i < 3; i++) {
      expect(await app.ask('key', 'file')).toMatchObject({ status: 201, bytes: spoilt, replayed: true });
    }
  });

  it('remembers results of jobs, too', async () => {
    const { service } = await shelf.app(platform, shelf.newPlace());
    const run = () => service.run('key', () => ({ run: ++shelf.runs }), { operation: 'mail' });
    const first = await run();
    const sent = await shelf.commands(async () => {
      const again = await run();
      expect(again).toEqual(first);
      (again as { run: number }).run = 0;
      expect(await run()).toEqual(first);
    });
    expect(sent).toBe(0);
  });

  describe('when a caller is erased', () => {
    const ALICE = { user: 'alice' };

    it('his retry runs again at once, in the process that erased', async () => {
      const app = await shelf.app(platform, shelf.newPlace());
      const first = await app.ask('key', 'json', ALICE);
      const bob = await app.ask('key', 'json', { user: 'bob' });
      await app.ask('key', 'json', ALICE);
      expect(await app.service.erase(ALICE)).toEqual({ erased: 1, running: 0 });
      const again = await app.ask('key', 'json', ALICE);
      expect(again.replayed).toBe(false);
      expect(again.text).not.toBe(first.text);
      expect(await app.ask('key', 'json', { user: 'bob' })).toMatchObject({ text: bob.text, replayed: true });
    });

    it('also when the store has nothing of him any more', async () => {
      const app = await shelf.app(platform, shelf.newPlace());
      await app.ask('key', 'json', ALICE);
      await app.client.flushdb();
      expect(await app.ask('key', 'json', ALICE)).toMatchObject({ replayed: true });
      expect(await app.service.erase(ALICE)).toEqual({ erased: 0, running: 0 });
      expect(await app.ask('key', 'json', ALICE)).toMatchObject({ replayed: false });
    });

    it('another process replays until its ttl is over, and runs again then', async () => {
      const place = shelf.newPlace();
      const one = await shelf.app(platform, place);
      const other = await shelf.app(platform, place, { module: { replayCache: { ttl: 60_000 } } });
      const brief = await shelf.app(platform, place, { module: { replayCache: { ttl: 200 } } });
      const first = await other.ask('key', 'json', ALICE);
      await brief.ask('key', 'json', ALICE);
      await one.service.erase(ALICE);
      expect(await other.ask('key', 'json', ALICE)).toMatchObject({ text: first.text, replayed: true });
      let again!: Wire;
      await until(async () => (again = await brief.ask('key', 'json', ALICE)).text !== first.text);
      expect(again.replayed).toBe(false);
    });
  });

  it('does not replay what its process has recorded beyond the record’s own time', async () => {
    const app = await shelf.app(platform, shelf.newPlace(), { route: { ttl: 300, tombstone: 60_000 } });
    await app.ask('key');
    let answer!: Wire;
    await until(async () => (answer = await app.ask('key')).status !== 201);
    expect(answer).toMatchObject({ status: 409, json: { code: 'IDEMPOTENCY_KEY_EXPIRED' } });
  });

  it('does not replay what it was told much longer than its route keeps it, nor a job’s result', async () => {
    const route = { ttl: 300, tombstone: 60_000 };
    const place = shelf.newPlace();
    const one = await shelf.app(platform, place, { route });
    const other = await shelf.app(platform, place, { route });
    const run = ({ service }: typeof one) =>
      service
        .run('key', () => 'done', { operation: 'mail', ...route })
        .catch(({ code }: { code: string }) => code);
    await one.ask('key');
    await run(one);
    expect(await other.ask('key')).toMatchObject({ replayed: true });
    expect(await run(other)).toBe('done');
    await until(async () => (await other.ask('key')).status === 409);
    await until(async () => (await run(other)) === 'IDEMPOTENCY_KEY_EXPIRED');
  });

  it('is an option of a factory, too, and refused when it is wrong', async () => {
    const start = async (replayCache: unknown) => {
      const acquired: string[] = [];
      const store = new MemoryStore();
      const { acquire } = store;
      store.acquire = (claim) => (acquired.push(claim.id), acquire.call(store, claim));
      const app = await createApp(platform, {
        imports: [
          IdempotencyModule.forRootAsync({ useFactory: () => ({ store, replayCache: replayCache as true }) }),
        ],
        idempotency: false,
      });
      const service = app.app.get(IdempotencyService);
      for (let i = 0; i < 3; i++) await service.run('key', () => i, { operation: 'mail' });
      await app.close();
      return acquired.length;
    };
    expect(await start({ ttl: 1_000 })).toBe(1);
    expect(await start(false)).toBe(3);
    await expect(start({ ttl: '5s' })).rejects.toThrow('option "replayCache"');
  });

  describe('within its bytes', () => {
    const module = { replayCache: { maxBytes: 65_536, ttl: 60_000 } };

    it('keeps the latest, and asks the store for the others', async () => {
      const app = await shelf.app(platform, shelf.newPlace(), { module });
      const keys = Array.from({ length: 200 }, (_, i) => `key-${i}`);
      const texts = new Map<string, string>();
      for (const key of keys) texts.set(key, (await app.ask(key)).text);
      const replay = async (key: string) => {
        expect(await app.ask(key)).toMatchObject({ text: texts.get(key), replayed: true });
      };
      expect(await shelf.commands(() => replay(keys.at(-1)!))).toBe(0);
      expect(await shelf.commands(() => replay(keys[0]!))).toBe(1);
      // More than 400 bytes each, with all that is around them.
      const sent = await shelf.commands(async () => {
        for (const key of [...keys].reverse()) await replay(key);
      });
      expect(sent).toBeGreaterThanOrEqual(200 - 65_536 / 400);
    });

    it('does not keep what is too large for them', async () => {
      const app = await shelf.app(platform, shelf.newPlace(), { module });
      const first = await app.ask('key', 'large');
      for (let i = 0; i < 2; i++) {
        let retry!: Wire;
        expect(await shelf.commands(async () => (retry = await app.ask('key', 'large')))).toBe(1);
        expect(retry).toMatchObject({ text: first.text, replayed: true });
      }
    });
  });

  describe.each(['refuse', 'proceed'] as const)(
    'while the store is away, with onStoreError: %s',
    (policy) => {
      it('replays what it knows, and runs none of it again', async () => {
        const app = await shelf.app(platform, shelf.newPlace(), { route: { onStoreError: policy } });
        const first = await app.ask('key');
        app.client.disconnect();
        const { runs } = shelf;
        expect(await app.ask('key')).toMatchObject({ text: first.text, replayed: true });
        expect(await app.ask('key', 'json', { json: {} })).toMatchObject({ status: 422 });
        expect(shelf.runs).toBe(runs);
        expect((await app.ask('new')).status).toBe(policy === 'refuse' ? 503 : 201);
        await app.client.connect();
      });
    },
  );
});
