import type { RecordResolution, UncertainRecord, UncertaintyResolver } from 'nestjs-idempotency';
import { logger } from '../../lib/idempotency.logger.js';
import { Gate, until } from '../support/fault-gate.js';
import { openStore, PLATFORMS_AND_STORES } from '../support/fault-stores.js';
import { Till } from './guarantees.till.js';

const PAID: RecordResolution = {
  as: 'completed',
  response: { status: 201, body: { charge: 'ch_1' } },
  by: 'reconciler',
  why: 'the provider knows the reference',
};
const NOT_PAID: RecordResolution = { as: 'not-applied', by: 'reconciler', why: 'the provider knows nothing' };

describe.each(PLATFORMS_AND_STORES)('onUncertain, on %s with %s', (platform, storeName) => {
  let till: Till;
  let closeStore: () => Promise<void>;
  let asked: UncertainRecord[];
  let answer: UncertaintyResolver;
  let errors: string[];
  let warnings: string[];

  beforeEach(async () => {
    asked = [];
    errors = [];
    warnings = [];
    jest.spyOn(logger, 'error').mockImplementation((line: unknown) => void errors.push(String(line)));
    jest.spyOn(logger, 'warn').mockImplementation((line: unknown) => void warnings.push(String(line)));
    const { store, close } = openStore(storeName);
    closeStore = close;
    const onUncertain: UncertaintyResolver = (record) => {
      asked.push(record);
      return answer(record);
    };
    till = await Till.open(platform, {
      store,
      route: { guarantee: 'at-most-once' },
      module: { onUncertain },
    });
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await till.close();
    await closeStore();
  });
  const stateOf = async (reference: string) => (await till.service.look(reference))?.state;
  /** Lets what was started in the background come to its end. */
  const background = async (reference: string, state: string) =>
    until(async () => (await stateOf(reference)) === state);

  it('is asked as soon as an attempt leaves its key uncertain, and what it knows is the answer', async () => {
    answer = () => PAID;
    const reference = await till.leaveUncertain('k', 'alice');
    await background(reference, 'completed');
    expect(asked).toEqual([
      { reference, operation: 'TillController.pay', attempt: 1, runningFor: expect.any(Number) },
    ]);
    const retry = await till.pay('k', { user: 'alice' });
    expect([retry.status, retry.json, retry.replayed]).toEqual([201, { charge: 'ch_1' }, true]);
    expect(await till.service.look(reference)).toMatchObject({ resolution: { by: 'reconciler' } });
    expect(till.runs).toHaveLength(1);
    expect(till.outcomes).toEqual(['left-uncertain', 'replayed']);
  });

  it('is not the only one to hear of it: the log names the record, once', async () => {
    answer = () => undefined;
    const reference = await till.leaveUncertain('k', 'alice');
    await till.pay('k', { user: 'alice' });
    await till.pay('k', { user: 'alice' });
    const lines = warnings.filter((line) => line.includes('uncertain'));
    expect(lines).toEqual([expect.stringContaining(`TillController.pay ${reference}: attempt 1 ended`)]);
    expect(lines[0]).not.toMatch(/alice/);
  });

  it('may find that nothing happened: the next retry runs', async () => {
    answer = () => NOT_PAID;
    const reference = await till.leaveUncertain('k');
    await background(reference, 'not-applied');
    expect((await till.pay('k')).json).toEqual({ run: 2 });
    expect(till.runs.map(({ attempt }) => attempt)).toEqual([1, 2]);
  });

  it('is asked in the background, and once at a time about a record', async () => {
    const gate = new Gate();
    answer = async () => {
      await gate.pass();
      return PAID;
    };
    const reference = await till.leaveUncertain('k');
    await gate.reached;
    const retries = await Promise.all([1, 2, 3].map(() => till.pay('k')));
    expect(retries.map(({ json }) => json.code)).toEqual(Array(3).fill('IDEMPOTENCY_UNCERTAIN'));
    expect(asked).toHaveLength(1);
    // Another record's business is not held up.
    await till.leaveUncertain('other');
    await until(() => asked.length === 2);
    gate.open();
    await background(reference, 'completed');
    expect((await till.pay('k')).replayed).toBe(true);
    expect(asked).toHaveLength(2);
  });

  it('is asked again by the next retry when it knew nothing', async () => {
    answer = () => undefined;
    const reference = await till.leaveUncertain('k');
    await until(() => asked.length === 1);
    answer = () => PAID;
    expect((await till.pay('k')).json.code).toBe('IDEMPOTENCY_UNCERTAIN');
    await background(reference, 'completed');
    expect(asked.map((record) => record.reference)).toEqual([reference, reference]);
    expect((await till.pay('k')).replayed).toBe(true);
    expect(errors).toEqual([]);
  });

  it.each<[string, UncertaintyResolver, RegExp]>([
    ['throws', () => raise('the provider is down'), /the provider is down/],
    ['rejects', () => Promise.reject(new Error('the provider is down')), /the provider is down/],
    ['says something wrong', () => ({ as: 'completed' }) as never, /who it is from/],
    ['says something else', () => true as never, /A resolution is an object/],
  ])('harms nobody when it %s, which is logged', async (_, fault, message) => {
    answer = fault;
    const reference = await till.leaveUncertain('k');
    await until(() => errors.length === 1);
    expect(errors[0]).toMatch(message);
    expect(await stateOf(reference)).toBe('uncertain');
    answer = () => PAID;
    expect((await till.pay('k')).json.code).toBe('IDEMPOTENCY_UNCERTAIN');
    await background(reference, 'completed');
    expect(till.runs).toHaveLength(1);
  });

  it('harms nobody when the store does not take what it says', async () => {
    answer = () => PAID;
    till.store.fail('resolve');
    const reference = await till.leaveUncertain('k');
    await until(() => errors.length === 1);
    expect(await stateOf(reference)).toBe('uncertain');
    await till.pay('k');
    await background(reference, 'completed');
  });

  it('does not undo what a person said meanwhile', async () => {
    const gate = new Gate();
    answer = async () => {
      await gate.pass();
      return PAID;
    };
    const reference = await till.leaveUncertain('k');
    await gate.reached;
    await till.service.resolve(reference, { ...NOT_PAID, by: 'alice' });
    expect((await till.pay('k')).json).toEqual({ run: 2 });
    gate.open();
    await till.pay('another');
    const retry = await till.pay('k');
    expect([retry.json, retry.replayed]).toEqual([{ run: 2 }, true]);
    expect(await till.service.look(reference)).toMatchObject({ resolution: { by: 'alice' } });
    expect(errors).toEqual([]);
  });

  it('is asked about jobs, too', async () => {
    answer = () => ({ ...PAID, response: { body: 'sent' } });
    const job = () =>
      till.service.run<string>('j', () => raise('smtp is down'), {
        operation: 'mail',
        guarantee: 'at-most-once',
      });
    await expect(job()).rejects.toThrow('smtp is down');
    await until(() => asked.length === 1);
    await background(asked[0]!.reference, 'completed');
    expect(asked).toEqual([
      { reference: expect.any(String), operation: 'mail', attempt: 1, runningFor: expect.any(Number) },
    ]);
    expect(await job()).toBe('sent');
  });
});

function raise(message: string): never {
  throw new Error(message);
}
