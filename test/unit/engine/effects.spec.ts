import type { Attempt } from '../../../lib/engine/attempt.js';
import type { EffectRetry, EffectRun } from '../../../lib/engine/effects.js';
import { Gate, settle } from '../../support/fault-gate.js';
import { advance, ANSWER, fakeTime, Harness, KEPT, LEASE } from './engine-harness.js';

const done = (value: unknown) => ({ kind: 'done', value });

/** A downstream service: what it was asked, under which keys. */
function service() {
  const keys: string[] = [];
  const charge = (run: EffectRun) => ({ charge: keys.push(run.key) });
  const fail = (run: EffectRun): never => {
    keys.push(run.key);
    throw new Error('502');
  };
  return { keys, charge, fail };
}

const effect = (attempt: Attempt, work: (run: EffectRun) => unknown, retry: EffectRetry = 'same-key') =>
  attempt.effect('charge', retry, work);

describe('an effect', () => {
  fakeTime();

  it('is marked before it happens, and recorded after: two round trips', async () => {
    const harness = new Harness();
    const attempt = await harness.run();
    const log: string[] = [];
    await effect(attempt, () => void log.push(...harness.store.log));
    expect(log).toEqual(['acquire', 'recordEffect']);
    expect(harness.store.log).toEqual(['acquire', 'recordEffect', 'recordEffect']);
    expect(harness.store.calls.recordEffect).toBe(2);
  });

  it('costs nothing where there is none', async () => {
    const harness = new Harness();
    await (await harness.run()).complete(ANSWER, KEPT);
    expect(harness.store.log).toEqual(['acquire', 'complete']);
  });

  it('that was recorded is not repeated by the next attempt, which gets its result', async () => {
    const harness = new Harness();
    const { keys, charge } = service();
    const first = await harness.run();
    expect(await effect(first, charge)).toEqual(done({ charge: 1 }));
    expect(await first.release('unknown')).toBe('released');
    const second = await harness.run();
    expect(second.number).toBe(2);
    expect(await effect(second, charge)).toEqual(done({ charge: 1 }));
    expect(keys).toHaveLength(1);
  });

  it('that had begun is repeated by the next attempt under the same key', async () => {
    const harness = new Harness();
    const { keys, charge, fail } = service();
    const first = await harness.run();
    await expect(effect(first, fail)).rejects.toThrow('502');
    await first.release('unknown');
    expect(await effect(await harness.run(), charge)).toEqual(done({ charge: 2 }));
    expect(keys[0]).toMatch(/^[\w-]{43}$/);
    expect(keys[1]).toBe(keys[0]);
  });

  it('has a key of its own for each name and each record', async () => {
    const harness = new Harness();
    const keys: string[] = [];
    const work = ({ key }: EffectRun) => void keys.push(key);
    for (const id of ['a', 'b']) {
      const attempt = await harness.run({ id });
      for (const name of ['charge', 'mail']) await attempt.effect(name, 'same-key', work);
    }
    expect(new Set(keys).size).toBe(4);
    expect(keys.join()).not.toContain('question');
  });

  it('gives the first time what a retry gets: JSON', async () => {
    const harness = new Harness();
    const attempt = await harness.run();
    const value = { at: new Date(0), left: undefined, list: [undefined] };
    const expected = done({ at: '1970-01-01T00:00:00.000Z', list: [null] });
    expect(await effect(attempt, () => value)).toEqual(expected);
    await attempt.release('unknown');
    expect(await effect(await harness.run(), () => 'again')).toEqual(expected);
  });

  it.each([undefined, null, 0, '', false, 'ünïcödé 😀'])('keeps %j as it is', async (value) => {
    const harness = new Harness();
    const attempt = await harness.run();
    await effect(attempt, () => value);
    await attempt.release('unknown');
    expect(await effect(await harness.run(), () => 'again')).toEqual(done(value));
  });

  it.each([
    ['a BigInt', 1n],
    ['a function', () => 1],
    ['a symbol', Symbol('s')],
    ['a value whose toJSON() throws', { toJSON: () => JSON.parse('') as unknown }],
  ])('whose result is %s is refused, and stays marked', async (_, value) => {
    const harness = new Harness();
    const { keys, charge } = service();
    const attempt = await harness.run();
    await expect(effect(attempt, () => value)).rejects.toMatchObject({
      code: 'IDEMPOTENCY_CONFIGURATION',
      message: expect.stringContaining('cannot be kept as JSON') as string,
    });
    await attempt.release('unknown');
    await effect(await harness.run(), charge);
    expect(keys).toHaveLength(1);
  });

  it('of the same name happens once in an attempt; one that runs is joined', async () => {
    const harness = new Harness();
    const { keys, charge } = service();
    const gate = new Gate();
    const attempt = await harness.run();
    const slow = async (run: EffectRun) => {
      await gate.pass();
      return charge(run);
    };
    const all = [effect(attempt, slow), effect(attempt, charge)];
    await gate.reached;
    all.push(effect(attempt, charge));
    gate.open();
    expect(await Promise.all(all)).toEqual([done({ charge: 1 }), done({ charge: 1 }), done({ charge: 1 })]);
    expect(await effect(attempt, charge)).toEqual(done({ charge: 1 }));
    expect(keys).toHaveLength(1);
  });

  it('may be tried again by its own attempt after an error', async () => {
    const harness = new Harness();
    const { keys, charge, fail } = service();
    const attempt = await harness.run();
    await expect(effect(attempt, fail)).rejects.toThrow('502');
    expect(await effect(attempt, charge)).toEqual(done({ charge: 2 }));
    expect(new Set(keys).size).toBe(1);
  });

  it('may have others inside; not itself', async () => {
    const harness = new Harness();
    const attempt = await harness.run();
    const inner = () => attempt.effect('inner', 'same-key', () => 1);
    expect(await effect(attempt, async () => ({ inner: await inner() }))).toEqual(done({ inner: done(1) }));
    const again = attempt.effect('own', 'same-key', () => attempt.effect('own', 'same-key', () => 1));
    await expect(again).rejects.toThrow('called inside itself');
  });

  it.each(['', 'a b', 'ä', 'x'.repeat(65), 7 as never, undefined as never])(
    'has no name like %j',
    async (name) => {
      const attempt = await new Harness().run();
      await expect(attempt.effect(name, 'same-key', () => 1)).rejects.toThrow('is no name for an effect');
    },
  );

  it('is one of 64 at most', async () => {
    const attempt = await new Harness().run();
    for (let i = 0; i < 64; i++) await attempt.effect(`e${i}`, 'same-key', () => i);
    await expect(attempt.effect('e64', 'same-key', () => 1)).rejects.toThrow('64 effects already');
    expect(await attempt.effect('e63', 'same-key', () => 1)).toEqual(done(63));
  });

  it('may have results of 256 KiB, with all others', async () => {
    const attempt = await new Harness().run();
    const half = 'x'.repeat(128 * 1024 - 2);
    for (const name of ['a', 'b'])
      expect(await attempt.effect(name, 'same-key', () => half)).toEqual(done(half));
    await expect(attempt.effect('c', 'same-key', () => 1)).rejects.toThrow('262144 at most are kept');
  });

  it('[B22] is not had by an attempt that lost its lease: it can neither mark nor record', async () => {
    const harness = new Harness();
    const { keys, charge } = service();
    const stale = await harness.run();
    const gate = new Gate();
    const pending = stale.effect('mail', 'same-key', () => gate.pass());
    await gate.reached;
    harness.store.inject('extend', () => new Promise(() => undefined), Infinity);
    await advance(LEASE + 1);
    const winner = await harness.run({}, harness.another());
    expect(await effect(stale, charge)).toEqual({ kind: 'lost' });
    expect(stale.signal.aborted).toBe(true);
    gate.open();
    expect(await pending).toMatchObject({ kind: 'lost' });
    expect(keys).toEqual([]);
    let mailed = 0;
    await winner.effect('mail', 'same-key', () => void mailed++);
    expect(await effect(winner, charge)).toEqual(done({ charge: 1 }));
    expect(mailed).toBe(1);
  });

  it('is not had after the attempt has ended', async () => {
    const harness = new Harness();
    const attempt = await harness.run();
    await attempt.complete(ANSWER, KEPT);
    expect(await effect(attempt, service().charge)).toEqual({ kind: 'lost' });
    expect(harness.incidents).toEqual([]);
  });

  it('that still runs when the handler has failed is waited for, and found by the next attempt', async () => {
    const harness = new Harness();
    const { keys, charge } = service();
    const gate = new Gate();
    const attempt = await harness.run();
    const running = effect(attempt, async (run) => (await gate.pass(), charge(run)));
    await gate.reached;
    const released = attempt.release('unknown');
    await settle();
    expect(harness.store.calls.release).toBe(0);
    gate.open();
    await Promise.all([running, released]);
    expect(await effect(await harness.run(), charge)).toEqual(done({ charge: 1 }));
    expect(keys).toHaveLength(1);
  });
});

describe('an attempt with effects', () => {
  fakeTime();

  it('does not say that nothing happened, once an effect is known to have happened', async () => {
    const harness = new Harness();
    const { keys, charge } = service();
    const first = await harness.run();
    await effect(first, charge);
    await first.release('nothing');
    // One that was refused before its handler, say by a pipe, found them and had none of its own.
    const second = await harness.run();
    await second.release('nothing');
    expect(await effect(await harness.run(), charge)).toEqual(done({ charge: 1 }));
    expect(keys).toHaveLength(1);
  });

  it('may say so when its only effect failed', async () => {
    const harness = new Harness();
    const attempt = await harness.run();
    await expect(effect(attempt, service().fail)).rejects.toThrow('502');
    await attempt.release('nothing');
    expect((await harness.run()).number).toBe(1);
  });

  it('leaves none behind when it is completed', async () => {
    const harness = new Harness();
    const attempt = await harness.run();
    await effect(attempt, service().charge);
    expect(await attempt.complete(ANSWER, KEPT)).toEqual({ state: 'completed' });
    expect(await harness.kindOf()).toBe('replay');
    expect(harness.memory.size).toBe(1);
  });
});
