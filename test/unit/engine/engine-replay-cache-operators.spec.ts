import { Gate, settle } from '../../support/fault-gate.js';
import { answersLate, breaksAfter, BROKEN, landsLate, losesReply } from '../../support/fault-store.js';
import { advance, ANSWER, fakeTime, KEPT, TIMEOUT } from './engine-harness.js';
import { open, REPLAY } from './remembering-engine.js';

const RESOLVED = {
  as: 'completed',
  response: Uint8Array.of(9),
  retention: KEPT,
  note: 'note',
} as const;

describe('an engine that remembers answers is reached by an operator:', () => {
  fakeTime();

  it('what is removed here is gone at once', async () => {
    const { gateway, completed, begin } = open();
    await completed();
    expect(await gateway.remove('id')).toBe('removed');
    expect((await begin()).kind).toBe('run');
  });

  it('also when the store did not say whether it is', async () => {
    const { store, gateway, completed, begin } = open();
    await completed();
    store.inject('remove', breaksAfter);
    await expect(gateway.remove('id')).rejects.toMatchObject({ cause: BROKEN });
    expect((await begin()).kind).toBe('run');
  });

  it('also when it never says', async () => {
    const { store, gateway, completed, begin } = open();
    await completed();
    store.inject('remove', losesReply);
    const removed = gateway.remove('id').catch(({ code }: { code: string }) => code);
    await advance(TIMEOUT);
    expect(await removed).toBe('IDEMPOTENCY_STORE_UNAVAILABLE');
    expect((await begin()).kind).toBe('run');
  });

  it('also when the store does it after it was waited for', async () => {
    const { store, gateway, completed, begin } = open();
    await completed();
    const gate = new Gate();
    store.inject('remove', landsLate(gate));
    const removed = gateway.remove('id').catch(({ code }: { code: string }) => code);
    await advance(TIMEOUT);
    expect(await removed).toBe('IDEMPOTENCY_STORE_UNAVAILABLE');
    // Still there, and remembered again.
    expect(await begin()).toEqual(REPLAY);
    gate.open();
    await settle();
    expect((await begin()).kind).toBe('run');
  });

  it('what was asked before a removal, and answered after it, is not remembered', async () => {
    const { harness, store, gateway, begin } = open();
    await (await harness.run({}, harness.another())).complete(ANSWER, KEPT);
    const gate = new Gate();
    store.inject('acquire', answersLate(gate));
    const before = begin();
    await gate.reached;
    await gateway.remove('id');
    gate.open();
    expect(await before).toEqual(REPLAY);
    expect((await begin()).kind).toBe('run');
  });

  it.each(['before', 'after'])(
    'nor what was asked while a removal was under way, and answered %s its end',
    async (when) => {
      const { harness, store, gateway, begin } = open();
      await (await harness.run({}, harness.another())).complete(ANSWER, KEPT);
      const removal = new Gate();
      const answer = new Gate();
      store.inject('remove', landsLate(removal));
      store.inject('acquire', answersLate(answer));
      const removed = gateway.remove('id');
      const between = begin();
      await answer.reached;
      if (when === 'before') answer.open();
      await settle();
      removal.open();
      await removed;
      answer.open();
      expect(await between).toEqual(REPLAY);
      expect((await begin()).kind).toBe('run');
    },
  );

  it('an answer that is being recorded while everything is erased is not remembered', async () => {
    const { harness, store, gateway, begin } = open();
    const gate = new Gate();
    const attempt = await harness.run();
    store.inject('complete', answersLate(gate));
    const saved = attempt.complete(ANSWER, KEPT);
    await gate.reached;
    await gateway.remove('id');
    gateway.forgetAnswers();
    gate.open();
    expect(await saved).toEqual({ state: 'completed' });
    expect((await begin()).kind).toBe('run');
  });

  it('a resolution is the answer from then on', async () => {
    const { harness, gateway, completed, begin } = open();
    await completed();
    // Erased elsewhere; the retry there ended without a word.
    const elsewhere = harness.another();
    await elsewhere.gateway.remove('id');
    const attempt = await harness.run({ onLapse: 'uncertain' }, elsewhere);
    await attempt.release('unknown');
    expect(await begin()).toEqual(REPLAY);
    await gateway.resolve(attempt.ref, RESOLVED);
    expect(await begin()).toEqual({ kind: 'replay', response: RESOLVED.response });
  });
});
