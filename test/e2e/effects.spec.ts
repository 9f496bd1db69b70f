import { IdempotencyContext, isIdempotencyError } from 'nestjs-idempotency';
import { PLATFORMS } from '../support/create-app.js';
import { Shop } from './effects.shop.js';

describe.each(PLATFORMS)('IdempotencyContext.effect on %s', (platform) => {
  let shop: Shop;
  beforeEach(async () => {
    shop = await Shop.open(platform);
  });
  afterEach(() => shop.close());

  it('runs effects side by side, each once', async () => {
    shop.work = async (idempotency) => {
      const mail = (to: string) =>
        idempotency.effect(`mail:${to}`, ({ key }) => shop.downstream.ask(to, key).id);
      const all = await Promise.all([mail('ann'), mail('bob'), mail('ann')]);
      if (shop.events.length === 0) throw new Error('at first');
      return all;
    };
    expect((await shop.order('k')).status).toBe(500);
    expect((await shop.order('k')).json).toEqual(['ann-1', 'bob-2', 'ann-1']);
    expect(shop.downstream.asked).toHaveLength(2);
  });

  it('fails closed outside of an idempotent request', async () => {
    expect((await shop.order(undefined, 'plain')).status).toBe(500);
    const error = await shop.app.app
      .get(IdempotencyContext)
      .effect('charge', () => 1)
      .catch((error: unknown) => error);
    expect(isIdempotencyError(error, 'IDEMPOTENCY_CONFIGURATION')).toBe(true);
    expect(String(error)).toContain('Put @Idempotent() on the handler');
    expect(shop.downstream.asked).toEqual([]);
  });

  it.each([
    ['a name that is none', 'two words', undefined, 'is no name for an effect'],
    ['a rule that is none', 'charge', 'sometimes', "retry must be 'same-key' or 'never'"],
  ])('answers 500 to %s, and nothing is done', async (_, name, retry, message) => {
    let error: unknown;
    shop.work = (idempotency) =>
      idempotency
        .effect(name, () => 1, retry === undefined ? {} : { retry: retry as never })
        .catch((thrown) => {
          error = thrown;
          throw thrown;
        });
    expect((await shop.order('k')).status).toBe(500);
    expect(error).toMatchObject({
      code: 'IDEMPOTENCY_CONFIGURATION',
      message: expect.stringContaining(message) as string,
    });
  });

  it('runs with a key of the moment where the route needs none and there is none', async () => {
    const [one, other] = [await shop.order(undefined, 'lax/1'), await shop.order(undefined, 'lax/1')];
    expect(one.status).toBe(201);
    expect(one.json).toEqual({ id: '1', key: expect.stringMatching(/^[\w-]{43}$/) as string, attempt: 1 });
    expect(other.json.key).not.toBe(one.json.key);
  });

  it('runs with the key of the request where the store is down and the route goes on without', async () => {
    shop.store.fail('acquire', { times: 2 });
    const [one, retry, other] = [
      await shop.order('k', 'lax/1'),
      await shop.order('k', 'lax/1'),
      await shop.order('k', 'lax/1'),
    ];
    expect(shop.outcomes).toEqual(['unprotected', 'unprotected', 'recorded']);
    expect(retry.json.key).toBe(one.json.key);
    expect(other.json.key).toBe(one.json.key);
  });

  it('answers 503 when an effect cannot be marked, and the retry goes on', async () => {
    shop.at = (place) => {
      if (place === 'before charge' && shop.outcomes.length === 0) shop.store.fail('recordEffect');
    };
    const first = await shop.order('k');
    expect(first.status).toBe(503);
    expect(first.json).toMatchObject({ code: 'IDEMPOTENCY_STORE_UNAVAILABLE' });
    expect(first.json.detail).not.toContain('Nothing was executed');
    expect(first.headers.get('retry-after')).toBe('1');
    expect((await shop.order('k')).status).toBe(201);
    expect(shop.downstream.asked.map(({ step }) => step)).toEqual(['reserve', 'charge', 'write', 'mail']);
  });

  it('does not fail a handler whose effect happened and could not be recorded', async () => {
    shop.at = (place) => {
      if (place === 'in charge') shop.store.fail('recordEffect');
    };
    expect((await shop.order('k')).status).toBe(201);
    expect(shop.incidents).toContain('effect-unsaved');
    expect((await shop.order('k')).replayed).toBe(true);
  });

  it('does not forget an effect when the handler says that nothing was applied', async () => {
    shop.work = async (idempotency) => {
      const { id } = await idempotency.effect('charge', ({ key }) => shop.downstream.ask('charge', key));
      if (shop.outcomes.length > 0) return id;
      idempotency.notApplied();
      throw new Error('out of stock');
    };
    expect((await shop.order('k')).status).toBe(500);
    expect((await shop.order('k')).text).toBe('charge-1');
    expect(shop.downstream.asked).toHaveLength(1);
  });

  it('works in a job as in a handler', async () => {
    const context = shop.app.app.get(IdempotencyContext);
    let failures = 1;
    const job = async () => {
      const { id } = await context.effect('mail', ({ key }) => shop.downstream.ask('mail', key));
      if (failures-- > 0) throw new Error('at first');
      return id;
    };
    const run = () => shop.service.run('message-1', job, { operation: 'send' });
    await expect(run()).rejects.toThrow('at first');
    expect(await run()).toBe('mail-1');
    expect(await run()).toBe('mail-1');
    expect(shop.downstream.asked).toHaveLength(1);
    expect(shop.outcomes).toEqual(['released', 'recorded', 'replayed']);
  });

  it('makes a job uncertain whose effect may not be repeated', async () => {
    const context = shop.app.app.get(IdempotencyContext);
    const fail = () => Promise.reject(new Error('socket hang up'));
    const run = () =>
      shop.service.run('message-1', () => context.effect('mail', fail, { retry: 'never' }), {
        operation: 'send',
      });
    await expect(run()).rejects.toThrow('socket hang up');
    await expect(run()).rejects.toMatchObject({ code: 'IDEMPOTENCY_UNCERTAIN' });
    expect(shop.outcomes).toEqual(['left-uncertain', 'uncertain']);
  });
});
