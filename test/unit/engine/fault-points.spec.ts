import type { FaultPoint } from '../../../lib/engine/fault-points.js';
import { Gate, settle } from '../../support/fault-gate.js';
import { breaksAfter } from '../../support/fault-store.js';
import { advance, ANSWER, enquiry, fakeTime, Harness, KEPT } from './engine-harness.js';

const STRICT = { onLapse: 'uncertain' } as const;
const DIED = new Error('died here');

function probed(at?: FaultPoint) {
  const harness = new Harness();
  const reached: string[] = [];
  harness.engine.probe = (point, { operation, recordId }) => {
    reached.push(`${point} ${operation} ${recordId}`);
    if (point === at) throw DIED;
  };
  return { harness, reached };
}

describe('the fault points of the engine', () => {
  fakeTime();

  it('come in order, each around what the store does', async () => {
    const harness = new Harness();
    const order: string[] = [];
    harness.engine.probe = (point) => {
      order.push(...harness.store.log.splice(0), point);
    };
    const attempt = await harness.run();
    await attempt.reach('before-handler');
    await attempt.complete(ANSWER, KEPT);
    expect(order).toEqual([
      'before-acquire',
      'acquire',
      'after-acquire',
      'before-handler',
      'before-save',
      'complete',
      'after-save',
    ]);
  });

  it('say whose they are', async () => {
    const { harness, reached } = probed();
    await (await harness.run()).complete(ANSWER, KEPT);
    expect(new Set(reached.map((line) => line.slice(line.indexOf(' ') + 1)))).toEqual(
      new Set(['Orders.create id']),
    );
  });

  it('are waited for', async () => {
    const harness = new Harness();
    const gate = new Gate();
    harness.engine.probe = () => gate.pass();
    const kind = harness.kindOf();
    await gate.reached;
    expect(harness.store.calls.acquire).toBe(0);
    gate.open();
    expect(await kind).toBe('run');
  });

  it('are only before the claim for a duplicate, and none in a release', async () => {
    const { harness, reached } = probed();
    const attempt = await harness.run();
    reached.length = 0;
    expect(await harness.kindOf()).toBe('conflict');
    await attempt.release('nothing');
    expect(reached).toEqual(['before-acquire Orders.create id']);
  });

  it('before-acquire: what is thrown there reaches the caller, and nothing was claimed', async () => {
    const { harness } = probed('before-acquire');
    await expect(harness.kindOf()).rejects.toBe(DIED);
    expect(harness.store.calls.acquire).toBe(0);
    expect(harness.engine.attemptsRunning).toBe(0);
    expect(jest.getTimerCount()).toBe(0);
  });

  it.each(['sync', 'async'])(
    'after-acquire: the key is given back before the error is told (%s)',
    async (how) => {
      const harness = new Harness();
      harness.engine.probe = (point) => {
        if (point !== 'after-acquire') return;
        if (how === 'async') return Promise.reject(DIED);
        throw DIED;
      };
      await expect(harness.kindOf(STRICT)).rejects.toBe(DIED);
      expect(harness.engine.attemptsRunning).toBe(0);
      expect(jest.getTimerCount()).toBe(0);
      harness.engine.probe = undefined;
      expect((await harness.run(STRICT)).number).toBe(1);
    },
  );

  it('after-acquire: a failure in a look fails those who wait, and the key is free', async () => {
    const { harness } = probed();
    const attempt = await harness.run();
    const waiters = [1, 2].map(() => harness.kindOf({ wait: 60_000 }).catch((error: unknown) => error));
    await settle();
    harness.engine.probe = (point) => {
      if (point === 'after-acquire') throw DIED;
    };
    await attempt.release('nothing');
    expect(await Promise.all(waiters)).toEqual([DIED, DIED]);
    harness.engine.probe = undefined;
    expect((await harness.run()).number).toBe(1);
  });

  it.each(['before-save', 'after-save'] as const)(
    '%s: the answer counts as unsaved, and is saved in the background',
    async (point) => {
      const { harness } = probed(point);
      const attempt = await harness.run();
      expect(await attempt.complete(ANSWER, KEPT)).toEqual({ state: 'unsaved' });
      await advance(100);
      await attempt.settled;
      expect(harness.incidents).toEqual(['save-failed', 'save-recovered']);
      expect(await harness.engine.begin(enquiry())).toEqual({ kind: 'replay', response: ANSWER });
    },
  );

  it('are not reached again by what is repeated in the background', async () => {
    const { harness, reached } = probed();
    const attempt = await harness.run();
    harness.store.inject('complete', breaksAfter);
    await attempt.complete(ANSWER, KEPT);
    await advance(100);
    await attempt.settled;
    expect(reached.filter((line) => line.startsWith('before-save'))).toHaveLength(1);
    expect(reached.filter((line) => line.startsWith('after-save'))).toHaveLength(0);
  });

  describe('that nobody probes', () => {
    it('are nothing, and nothing is awaited: the store is asked at once', async () => {
      const harness = new Harness();
      const ruling = harness.engine.begin(enquiry());
      expect(harness.store.calls.acquire).toBe(1);
      const ruled = await ruling;
      if (ruled.kind !== 'run') throw new Error(ruled.kind);
      expect(ruled.attempt.reach('before-handler')).toBeUndefined();
      const saved = ruled.attempt.complete(ANSWER, KEPT);
      expect(harness.store.calls.complete).toBe(1);
      expect(await saved).toEqual({ state: 'completed' });
    });
  });
});
