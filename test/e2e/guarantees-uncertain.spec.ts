import { BadGatewayException } from '@nestjs/common';
import { setFaultPoints } from 'nestjs-idempotency/testing';
import { IdempotencyEngine } from '../../lib/engine/engine.js';
import { PLATFORMS } from '../support/create-app.js';
import { Gate, until } from '../support/fault-gate.js';
import { Till, type TillRun } from './guarantees.till.js';

const LEASE = 30_000;

describe.each(PLATFORMS)('an attempt that died on %s', (platform) => {
  let till: Till;
  const open = async (guarantee: 'at-least-once' | 'at-most-once', wait: number | false = false) => {
    till = await Till.open(platform, { route: { guarantee, lease: LEASE, wait } });
  };
  /** A first attempt that hangs in its handler, and whose lease nobody renews. */
  const die = async () => {
    const gate = new Gate();
    till.work = async ({ run }: TillRun) => {
      if (run === 1) await gate.pass();
      return { run };
    };
    const first = till.pay('k');
    await gate.reached;
    till.clock.advance(LEASE + 1);
    return { gate, first };
  };
  afterEach(() => till.close());

  it('[B21] under at-least-once is run again by the next retry', async () => {
    await open('at-least-once');
    const { gate, first } = await die();
    const retry = await till.pay('k');
    expect([retry.status, retry.json, retry.replayed]).toEqual([201, { run: 2 }, false]);
    expect(till.runs.map(({ attempt }) => attempt)).toEqual([1, 2]);
    gate.open();
    // The late one gets the answer that stands.
    expect((await first).bytes).toEqual(retry.bytes);
  });

  it('[B21] under at-most-once is not: retries are told that nobody knows, and what to ask for', async () => {
    await open('at-most-once');
    const { gate, first } = await die();
    for (let retries = 0; retries < 3; retries++) {
      const retry = await till.pay('k');
      expect(retry.status).toBe(409);
      expect(retry.headers.get('content-type')).toMatch(/^application\/problem\+json/);
      expect(retry.headers.has('retry-after')).toBe(false);
      expect(retry.replayed).toBe(false);
      expect(retry.json).toEqual({
        type: 'nestjs-idempotency/docs/errors.md#idempotency_uncertain',
        title: 'Outcome uncertain',
        status: 409,
        detail: expect.any(String),
        code: 'IDEMPOTENCY_UNCERTAIN',
        reference: till.reference,
      });
      // It promises nothing: neither that it was done, nor that it was not, nor that a retry helps.
      expect(retry.json.detail).toMatch(/may have been carried out/);
      expect(retry.json.detail).not.toMatch(/nothing was executed|retry/i);
    }
    expect(till.reference).toMatch(/^[\w-]{43}$/);
    expect(till.runs).toHaveLength(1);
    expect(till.outcomes).toEqual(['uncertain', 'uncertain', 'uncertain']);
    gate.open();
    await first;
  });

  it('[B18] under at-most-once answers another question with 422 first', async () => {
    await open('at-most-once');
    const { gate, first } = await die();
    const other = await till.pay('k', { json: { amount: 2 } });
    expect([other.status, other.json.code, other.json.reference]).toEqual([
      422,
      'IDEMPOTENCY_KEY_REUSED',
      undefined,
    ]);
    expect(till.outcomes).toEqual(['mismatch']);
    gate.open();
    await first;
  });

  it('[B23] under at-most-once is settled by its own answer, when it lives after all', async () => {
    await open('at-most-once');
    const { gate, first } = await die();
    expect((await till.pay('k')).json.code).toBe('IDEMPOTENCY_UNCERTAIN');
    gate.open();
    const late = await first;
    expect([late.status, late.json]).toEqual([201, { run: 1 }]);
    const retry = await till.pay('k');
    expect([retry.replayed, retry.text]).toEqual([true, late.text]);
    expect(till.runs).toHaveLength(1);
    expect(till.outcomes).toEqual(['uncertain', 'recorded', 'replayed']);
  });

  it('under at-most-once stays uncertain for years', async () => {
    await open('at-most-once');
    const { gate, first } = await die();
    till.clock.advance(3 * 365 * 86_400_000);
    expect((await till.pay('k')).json.code).toBe('IDEMPOTENCY_UNCERTAIN');
    expect(till.runs).toHaveLength(1);
    gate.open();
    await first;
  });

  it('[B22] under at-most-once, resolved as completed meanwhile, gives its client that answer', async () => {
    await open('at-most-once');
    const { gate, first } = await die();
    const response = { status: 200, body: { by: 'hand' } };
    await till.service.resolve(till.reference, { as: 'completed', response, by: 'alice', why: 'seen' });
    gate.open();
    const late = await first;
    expect([late.status, late.json, late.replayed]).toEqual([200, { by: 'hand' }, true]);
    expect((await till.pay('k')).bytes).toEqual(late.bytes);
    expect(till.runs).toHaveLength(1);
    expect(till.outcomes).toEqual(['lost', 'replayed']);
  });

  it('[B22] under at-most-once, resolved as not applied meanwhile, can no longer write', async () => {
    await open('at-most-once');
    const { gate, first } = await die();
    await till.service.resolve(till.reference, { as: 'not-applied', by: 'alice', why: 'seen' });
    gate.open();
    const late = await first;
    expect([late.status, late.json.code]).toEqual([409, 'IDEMPOTENCY_LEASE_LOST']);
    const retry = await till.pay('k');
    expect([retry.status, retry.json]).toEqual([201, { run: 2 }]);
    expect(till.outcomes).toEqual(['lost', 'recorded']);
  });

  it.each(['an attempt', 'a job'])(
    '[B64] under at-most-once, resolved meanwhile and then failing: %s is lost, not uncertain again',
    async (kind) => {
      await open('at-most-once');
      const gate = new Gate();
      till.work = async () => {
        await gate.pass();
        throw new BadGatewayException();
      };
      let reference = '';
      const job = (context: { reference: string }) => {
        reference = context.reference;
        return till.work(undefined as never);
      };
      const terms = { operation: 'mail', guarantee: 'at-most-once', lease: LEASE } as const;
      const first: Promise<unknown> =
        kind === 'a job' ? till.service.run('k', job, terms).catch(() => undefined) : till.pay('k');
      await gate.reached;
      till.clock.advance(LEASE + 1);
      reference ||= till.reference;
      await till.service.resolve(reference, { as: 'not-applied', by: 'alice', why: 'seen' });
      gate.open();
      await first;
      expect(till.outcomes).toEqual(['lost']);
      expect(await till.service.look(reference)).toMatchObject({ state: 'not-applied' });
    },
  );

  it('[B19] under at-most-once sends those who wait away as soon as it is uncertain', async () => {
    await open('at-most-once', 60_000);
    const gate = new Gate();
    till.work = async () => {
      await gate.pass();
      throw new BadGatewayException();
    };
    const first = till.pay('k');
    await gate.reached;
    const waiters = [1, 2, 3].map(() => till.pay('k'));
    await until(() => till.app.app.get(IdempotencyEngine, { strict: false }).recordsAwaited === 1);
    gate.open();
    expect((await first).status).toBe(502);
    const codes = (await Promise.all(waiters)).map(({ json }) => json.code);
    expect(codes).toEqual(Array(3).fill('IDEMPOTENCY_UNCERTAIN'));
    expect(till.runs).toHaveLength(1);
  });

  it.each([
    ['between handler and save', 'after-handler', 'left-uncertain'],
    ['before the handler', 'before-handler', 'released'],
  ] as const)('under at-most-once is told apart: %s', async (_, where, outcome) => {
    await open('at-most-once');
    let isFirst = true;
    setFaultPoints(till.app.app, (point) => {
      if (point !== where || !isFirst) return;
      isFirst = false;
      throw new Error('a bug in between');
    });
    expect((await till.pay('k')).status).toBe(500);
    expect(till.outcomes).toEqual([outcome]);
    const runs = till.runs.length;
    const retry = await till.pay('k');
    expect(retry.json.code).toBe(outcome === 'released' ? undefined : 'IDEMPOTENCY_UNCERTAIN');
    expect(till.runs).toHaveLength(outcome === 'released' ? runs + 1 : runs);
  });

  it('[B26] under at-most-once whose release fails leaves its key uncertain as soon as the store takes it', async () => {
    await open('at-most-once');
    till.store.fail('release');
    till.work = () => {
      throw new BadGatewayException();
    };
    expect((await till.pay('k')).status).toBe(502);
    await until(() =>
      till.events.some((event) => event.kind === 'incident' && event.incident === 'release-recovered'),
    );
    expect((await till.pay('k')).json.code).toBe('IDEMPOTENCY_UNCERTAIN');
    expect(till.runs).toHaveLength(1);
    expect(till.outcomes).toEqual(['left-uncertain', 'uncertain']);
  });

  it('[B25] under at-most-once never began when the reply to its claim was lost: the key is free again', async () => {
    await open('at-most-once');
    till.store.fail('acquire', { replyLost: true });
    expect((await till.pay('k')).status).toBe(503);
    let retry = await till.pay('k');
    while (retry.json.code === 'IDEMPOTENCY_IN_PROGRESS') retry = await till.pay('k');
    expect([retry.status, retry.json]).toEqual([201, { run: 1 }]);
    expect(till.outcomes).not.toContain('uncertain');
  });

  it('[B24] under at-most-once whose save fails is uncertain when its lease is over, until the save succeeds', async () => {
    await open('at-most-once');
    till.store.fail('complete', { times: Infinity });
    expect((await till.pay('k')).json).toEqual({ run: 1 });
    expect((await till.pay('k')).json.code).toBe('IDEMPOTENCY_IN_PROGRESS');
    till.clock.advance(LEASE + 1);
    const retry = await till.pay('k');
    expect(retry.json).toMatchObject({ code: 'IDEMPOTENCY_UNCERTAIN', reference: till.reference });
    till.store.recover();
    await until(() =>
      till.events.some((event) => event.kind === 'incident' && event.incident === 'save-recovered'),
    );
    expect((await till.pay('k')).replayed).toBe(true);
    expect(till.runs).toHaveLength(1);
  });

  it('is uncertain as soon as the one who asks is strict, whatever the attempt was', async () => {
    await open('at-least-once');
    const { service } = till;
    const hangs = new Gate();
    const lax = service.run('j', () => hangs.pass(), { operation: 'o', lease: LEASE });
    await hangs.reached;
    till.clock.advance(LEASE + 1);
    const strict = service.run('j', () => undefined, { operation: 'o', guarantee: 'at-most-once' });
    await expect(strict).rejects.toMatchObject({ code: 'IDEMPOTENCY_UNCERTAIN' });
    hangs.open();
    await lax;
  });
});
