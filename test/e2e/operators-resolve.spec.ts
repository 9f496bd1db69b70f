import type { IdempotencyService, RecordResolution } from 'nestjs-idempotency';
import { openStore, PLATFORMS_AND_STORES } from '../support/fault-stores.js';
import { Till } from './guarantees.till.js';

const BY = { by: 'alice@example.org', why: 'asked the provider' };
const USER = 'customer-4711';
const KEY = 'intent-0815';

describe.each(PLATFORMS_AND_STORES)(
  'an operator resolves an uncertain record, on %s with %s',
  (platform, storeName) => {
    let till: Till;
    let closeStore: () => Promise<void>;
    let service: IdempotencyService;

    beforeEach(async () => {
      const { store, close } = openStore(storeName);
      closeStore = close;
      till = await Till.open(platform, { store, route: { guarantee: 'at-most-once' } });
      service = till.service;
    });
    afterEach(async () => {
      await till.close();
      await closeStore();
    });

    const JSON_BODY = { id: 42, list: [1, 'zwei', null] };
    it.each([
      [
        'JSON',
        { status: 201, body: JSON_BODY },
        JSON.stringify(JSON_BODY),
        'application/json; charset=utf-8',
      ],
      [
        'bytes',
        { headers: { 'Content-Type': 'image/x' }, body: Buffer.from([0, 255, 10, 13]) },
        undefined,
        'image/x',
      ],
      ['nothing', { status: 204 }, '', null],
      ['null', { body: null }, 'null', 'application/json; charset=utf-8'],
      ['text', { body: 'paid' }, '"paid"', 'application/json; charset=utf-8'],
      [
        'an error',
        { status: 422, body: { no: 'money' } },
        '{"no":"money"}',
        'application/json; charset=utf-8',
      ],
    ])('as completed with %s: retries get exactly that', async (_, response, text, type) => {
      const reference = await till.leaveUncertain(KEY, USER);
      const resolution: RecordResolution = { as: 'completed', response, ...BY };
      expect(await service.resolve(reference, resolution)).toEqual({ resolved: true });
      for (let retries = 0; retries < 2; retries++) {
        const retry = await till.pay(KEY, { user: USER });
        expect([retry.status, retry.replayed]).toEqual([
          (response as { status?: number }).status ?? 200,
          true,
        ]);
        expect(retry.headers.get('content-type')).toBe(type);
        if (text === undefined) expect(retry.bytes).toEqual(response.body);
        else expect(retry.text).toBe(text);
      }
      expect(till.runs).toHaveLength(1);
      expect(till.outcomes).toEqual(['left-uncertain', 'replayed', 'replayed']);
    });

    it('with headers, also with several of one name', async () => {
      const headers = { Location: '/orders/42', 'X-Order': '42', Link: ['</a>', '</b>'] };
      const response = { status: 201, headers, body: {} };
      await service.resolve(await till.leaveUncertain(KEY, USER), { as: 'completed', response, ...BY });
      const retry = await till.pay(KEY, { user: USER });
      expect([...retry.headers]).toEqual(
        expect.arrayContaining([
          ['location', '/orders/42'],
          ['x-order', '42'],
          ['link', '</a>, </b>'],
        ]),
      );
    });

    it('with headers copied from a log: those of the moment are left out', async () => {
      const headers = {
        'Content-Type': 'application/json',
        'Content-Length': '999',
        'Transfer-Encoding': 'chunked',
        Connection: 'close',
        'Set-Cookie': 'session=hush',
        Date: 'Thu, 01 Jan 1970 00:00:00 GMT',
        'X-Order': '42',
      };
      await service.resolve(await till.leaveUncertain(KEY, USER), {
        as: 'completed',
        response: { status: 201, headers, body: { id: 42 } },
        ...BY,
      });
      const retry = await till.pay(KEY, { user: USER });
      expect([retry.status, retry.json, retry.headers.get('x-order')]).toEqual([201, { id: 42 }, '42']);
      expect(retry.headers.has('set-cookie')).toBe(false);
      expect(retry.headers.get('date')).not.toMatch(/1970/);
    });

    it('as not applied: the next retry runs, as the next attempt', async () => {
      const reference = await till.leaveUncertain(KEY, USER);
      expect(await service.resolve(reference, { as: 'not-applied', ...BY })).toEqual({ resolved: true });
      expect(await service.look(reference)).toMatchObject({ state: 'not-applied', attempt: 1 });
      const retry = await till.pay(KEY, { user: USER });
      expect([retry.status, retry.json, retry.replayed]).toEqual([201, { run: 2 }, false]);
      expect(till.runs.map(({ attempt, reference: its }) => [attempt, its])).toEqual([
        [1, reference],
        [2, reference],
      ]);
    });

    it('as not applied: also for a corrected question', async () => {
      await service.resolve(await till.leaveUncertain(KEY, USER), { as: 'not-applied', ...BY });
      expect((await till.pay(KEY, { user: USER, json: { amount: 2 } })).status).toBe(201);
      expect((await till.pay(KEY, { user: USER })).status).toBe(422);
    });

    it.each([
      { as: 'not-applied' as const },
      { as: 'completed' as const, response: { status: 201, body: { id: 42 } } },
    ])('and it stays known who said so, and why: $as', async (resolution) => {
      const reference = await till.leaveUncertain(KEY, USER);
      const before = Date.now();
      await service.resolve(reference, { ...resolution, ...BY, why: 'Überweisung 42 — "bestätigt"' });
      const note = {
        as: resolution.as,
        by: BY.by,
        why: 'Überweisung 42 — "bestätigt"',
        at: expect.any(String),
      };
      const { resolution: first } = (await service.look(reference))!;
      expect(first).toEqual(note);
      expect(Date.parse(first!.at)).toBeGreaterThanOrEqual(before);
      await till.pay(KEY, { user: USER });
      expect((await service.look(reference))!).toMatchObject({ state: 'completed', resolution: note });
    });

    it('once: who comes second is told what stands there', async () => {
      const reference = await till.leaveUncertain(KEY, USER);
      const resolution: RecordResolution = { as: 'completed', response: { body: 1 }, ...BY };
      const outcomes = await Promise.all([
        service.resolve(reference, resolution),
        service.resolve(reference, { ...resolution, response: { body: 2 } }),
      ]);
      expect(outcomes.filter(({ resolved }) => resolved)).toHaveLength(1);
      expect(await service.resolve(reference, { as: 'not-applied', ...BY })).toEqual({
        resolved: false,
        record: expect.objectContaining({ reference, state: 'completed' }),
      });
    });

    it('and nothing else: not what runs, not what is finished', async () => {
      const held = await till.keepRunning(KEY, USER);
      const { reference } = till;
      const resolution: RecordResolution = { as: 'not-applied', ...BY };
      expect(await service.resolve(reference, resolution)).toMatchObject({
        resolved: false,
        record: { state: 'in-progress' },
      });
      await held.end();
      expect(await service.resolve(reference, resolution)).toMatchObject({
        resolved: false,
        record: { state: 'completed' },
      });
    });

    it.each([
      ['no author', { as: 'not-applied', why: 'x' }, /by/],
      ['no reason', { as: 'not-applied', by: 'x' }, /why/],
      ['an unknown end', { as: 'done', ...BY }, /'completed' or as: 'not-applied'/],
      ['no response', { as: 'completed', ...BY }, /response/],
      ['a status that is none', { as: 'completed', response: { status: 99 }, ...BY }, /status/],
      [
        'a header that cannot be sent',
        { as: 'completed', response: { headers: { 'a b': 'c' } }, ...BY },
        /"a b"/,
      ],
      [
        'a header with a line break',
        { as: 'completed', response: { headers: { a: 'b\r\nc: d' } }, ...BY },
        /"a"/,
      ],
      ['a body that cannot be JSON', { as: 'completed', response: { body: { n: 1n } }, ...BY }, /body/],
      ['a body that is no value', { as: 'completed', response: { body: () => 1 }, ...BY }, /body/],
      ['a ttl in words', { as: 'completed', response: {}, ttl: '1d', ...BY }, /ttl/],
      ['nothing at all', undefined, /resolution/],
    ])('and is told what is wrong with %s', async (_, wrong, message) => {
      const reference = await till.leaveUncertain(KEY, USER);
      const resolving = Promise.resolve().then(() => service.resolve(reference, wrong as RecordResolution));
      await expect(resolving).rejects.toMatchObject({
        code: 'IDEMPOTENCY_CONFIGURATION',
        message: expect.stringMatching(message),
      });
      expect(await service.look(reference)).toMatchObject({ state: 'uncertain' });
    });

    it('of a job: the next delivery gets its result', async () => {
      const terms = { operation: 'mail', guarantee: 'at-most-once' } as const;
      let reference = '';
      let runs = 0;
      const job = (key: string) =>
        service.run(
          key,
          (context) => {
            reference = context.reference;
            if (++runs % 2 === 1) throw new Error('smtp is down');
            return { sent: runs };
          },
          terms,
        );
      await expect(job('a')).rejects.toThrow('smtp');
      await expect(job('a')).rejects.toMatchObject({ code: 'IDEMPOTENCY_UNCERTAIN' });
      await service.resolve(reference, { as: 'completed', response: { body: { sent: 0 } }, ...BY });
      expect(await job('a')).toEqual({ sent: 0 });
      runs = 0;
      await expect(job('b')).rejects.toThrow('smtp');
      await service.resolve(reference, { as: 'not-applied', ...BY });
      expect(await job('b')).toEqual({ sent: 2 });
    });
  },
);
