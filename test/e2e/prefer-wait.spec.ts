import type { IdempotencyModuleOptions, IdempotentOptions } from 'nestjs-idempotency';
import { IdempotencyEngine } from '../../lib/engine/engine.js';
import { PLATFORMS } from '../support/create-app.js';
import { Gate, until } from '../support/fault-gate.js';
import { Till } from './guarantees.till.js';

const LIFETIME = 'idempotency-key-lifetime';

describe.each(PLATFORMS)('what a client may ask for, and is told, on %s', (platform) => {
  let till: Till;
  const open = async (route: IdempotentOptions = {}, module: IdempotencyModuleOptions = {}) => {
    till = await Till.open(platform, { route, module });
  };
  /** A first request that is held in its handler. */
  const hold = async (key = 'k') => {
    const gate = new Gate();
    till.work = async ({ run }) => {
      if (run === 1) await gate.pass();
      return { run };
    };
    const answer = till.pay(key);
    await gate.reached;
    return { gate, answer };
  };
  const prefer = (text: string) => till.pay('k', { headers: { prefer: text } });
  const awaited = () => till.app.app.get(IdempotencyEngine, { strict: false }).recordsAwaited;
  afterEach(() => till.close());

  describe('Prefer: wait', () => {
    it.each(['wait=10', 'respond-async, wait=10', 'WAIT = 10', 'wait=10; foo', 'wait="10"'])(
      '[B19] waits for the answer where that is allowed: %s',
      async (text) => {
        await open({ preferWait: true });
        const { gate, answer } = await hold();
        const waiter = prefer(text);
        await until(() => awaited() === 1);
        gate.open();
        const first = await answer;
        const second = await waiter;
        expect([second.status, second.replayed, second.text]).toEqual([201, true, first.text]);
        expect(till.runs).toHaveLength(1);
        expect(till.outcomes).toEqual(['recorded', 'replayed']);
      },
    );

    it.each([
      ['without the option', {}],
      ['with preferWait: false', { preferWait: false }],
      ['with preferWait: 0', { preferWait: 0 }],
    ])('is not heeded %s', async (_, route) => {
      await open(route);
      const { gate, answer } = await hold();
      expect((await prefer('wait=10')).json.code).toBe('IDEMPOTENCY_IN_PROGRESS');
      gate.open();
      await answer;
    });

    it.each(['wait', 'wait=', 'wait=-1', 'wait=soon', 'await=10', 'wait=1e9', '', 'respond-async'])(
      'does not wait for %j',
      async (text) => {
        await open({ preferWait: true });
        const { gate, answer } = await hold();
        expect((await prefer(text)).json.code).toBe('IDEMPOTENCY_IN_PROGRESS');
        gate.open();
        await answer;
      },
    );

    it('[B19] waits no longer than the route allows', async () => {
      await open({ preferWait: 50 });
      const { gate, answer } = await hold();
      expect((await prefer('wait=600')).json.code).toBe('IDEMPOTENCY_IN_PROGRESS');
      gate.open();
      await answer;
    });

    it('stands in the place of wait: a client may wait shorter', async () => {
      await open({ preferWait: true, wait: 60_000 });
      const { gate, answer } = await hold();
      expect((await prefer('wait=0')).json.code).toBe('IDEMPOTENCY_IN_PROGRESS');
      gate.open();
      await answer;
    });

    it('leaves wait as it is where it is not heeded, or not sent', async () => {
      await open({ wait: 60_000 });
      const { gate, answer } = await hold();
      const waiters = [prefer('wait=0'), till.pay('k')];
      await until(() => awaited() === 1);
      gate.open();
      await answer;
      expect((await Promise.all(waiters)).map(({ replayed }) => replayed)).toEqual([true, true]);
    });

    it('does not change the question', async () => {
      await open({ preferWait: true });
      await till.pay('k');
      expect((await prefer('wait=3')).replayed).toBe(true);
    });
  });

  describe('the bounds of waiting', () => {
    it('sends more than maxWaiters away at once', async () => {
      await open({ wait: 60_000 }, { maxWaiters: 1 });
      const { gate, answer } = await hold();
      const waiter = till.pay('k');
      await until(() => awaited() === 1);
      expect((await till.pay('k')).json.code).toBe('IDEMPOTENCY_IN_PROGRESS');
      gate.open();
      await answer;
      expect((await waiter).replayed).toBe(true);
    });

    it('counts those of all keys together, and those of one key besides', async () => {
      await open({ wait: 60_000 }, { maxWaiters: 2, maxWaitersPerKey: 1 });
      const gate = new Gate();
      till.work = () => gate.pass();
      const firsts = ['a', 'b', 'c'].map((key) => till.pay(key));
      await until(() => till.runs.length === 3);
      const waiters = [till.pay('a')];
      await until(() => awaited() === 1);
      expect((await till.pay('a')).json.code).toBe('IDEMPOTENCY_IN_PROGRESS');
      waiters.push(till.pay('b'));
      await until(() => awaited() === 2);
      expect((await till.pay('c')).json.code).toBe('IDEMPOTENCY_IN_PROGRESS');
      gate.open();
      await Promise.all(firsts);
      expect((await Promise.all(waiters)).map(({ replayed }) => replayed)).toEqual([true, true]);
    });

    it('lets nobody wait with maxWaiters: 0', async () => {
      await open({ wait: 60_000 }, { maxWaiters: 0 });
      const { gate, answer } = await hold();
      expect((await till.pay('k')).json.code).toBe('IDEMPOTENCY_IN_PROGRESS');
      gate.open();
      await answer;
    });

    it('has room again when a wait is over', async () => {
      await open({ wait: 20 }, { maxWaiters: 1 });
      const { gate, answer } = await hold();
      expect((await till.pay('k')).status).toBe(409);
      expect((await till.pay('k')).status).toBe(409);
      await until(() => awaited() === 0);
      gate.open();
      await answer;
    });
  });

  describe('Idempotency-Key-Lifetime', () => {
    it('is not there unless asked for', async () => {
      await open();
      expect((await till.pay('k')).headers.has(LIFETIME)).toBe(false);
      expect((await till.pay('k')).headers.has(LIFETIME)).toBe(false);
      const other = await till.pay('k', { json: { amount: 2 } });
      expect(other.headers.has(LIFETIME)).toBe(false);
    });

    it('is on first answers, replays, refusals and errors, in seconds, once each', async () => {
      await open({ ttl: 90_500 }, { lifetimeHeader: true });
      till.work = ({ run }) => {
        if (run === 2) throw new Error('broken');
        return { run };
      };
      const answers = {
        first: await till.pay('k'),
        replay: await till.pay('k'),
        mismatch: await till.pay('k', { json: { amount: 2 } }),
        failed: await till.pay('other'),
        invalid: await till.pay(' '),
      };
      expect(
        Object.entries(answers).map(([name, { status, headers }]) => [name, status, headers.get(LIFETIME)]),
      ).toEqual([
        ['first', 201, '90'],
        ['replay', 201, '90'],
        ['mismatch', 422, '90'],
        ['failed', 500, '90'],
        ['invalid', 400, '90'],
      ]);
    });

    it('is on conflicts, and on what is refused for good', async () => {
      await open({ ttl: 90_000 }, { lifetimeHeader: true });
      const { gate, answer } = await hold();
      expect((await till.pay('k')).headers.get(LIFETIME)).toBe('90');
      gate.open();
      await answer;
      till.clock.advance(90_000);
      const expired = await till.pay('k');
      expect([expired.json.code, expired.headers.get(LIFETIME)]).toEqual(['IDEMPOTENCY_KEY_EXPIRED', '90']);
    });

    it('is not recorded: a replay says what is true now', async () => {
      await open({}, { lifetimeHeader: true });
      await till.pay('k');
      const [found] = await till.service.find('k', 'public');
      expect(JSON.stringify(found!.response!.headers)).not.toMatch(/lifetime/i);
    });
  });
});
