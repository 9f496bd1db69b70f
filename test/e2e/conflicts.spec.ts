import { Gate } from '../support/fault-gate.js';
import { Desk } from '../support/fault-desk.js';
import { PLATFORMS_AND_STORES } from '../support/fault-stores.js';

describe.each(PLATFORMS_AND_STORES)('duplicates on %s with %s', (platform, storeName) => {
  let desk: Desk;
  beforeEach(async () => {
    desk = await Desk.open(platform, storeName);
  });
  afterEach(() => desk.close());

  it('[B17] runs one of fifty parallel first requests and answers 409 with Retry-After to the others', async () => {
    const gate = new Gate();
    desk.work = async (_, run) => {
      await gate.pass();
      return { run };
    };
    const answers = Array.from({ length: 50 }, () => desk.send('k'));
    let conflicts = 0;
    const othersAnswered = new Promise<void>((resolve) => {
      for (const answer of answers) {
        void answer.then(({ status }) => {
          if (status === 409 && ++conflicts === 49) resolve();
        });
      }
    });
    await othersAnswered;
    gate.open();
    const all = await Promise.all(answers);
    expect(desk.runs).toBe(1);
    expect(all.filter(({ status }) => status === 201)).toHaveLength(1);
    for (const answer of all.filter(({ status }) => status !== 201)) {
      expect(answer.status).toBe(409);
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
      expect(answer.headers.get('content-type')).toContain('application/problem+json');
      expect(answer.json).toMatchObject({ code: 'IDEMPOTENCY_IN_PROGRESS', status: 409 });
      expect(answer.replayed).toBe(false);
    }
    expect(desk.outcomes.filter((outcome) => outcome === 'conflict')).toHaveLength(49);
    expect(desk.outcomes.filter((outcome) => outcome === 'recorded')).toHaveLength(1);
    expect((await desk.send('k')).json).toEqual({ run: 1 });
  });

  it('[B17] runs every one of fifty parallel requests with keys of their own', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => desk.send(`k${i}`)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    expect(desk.runs).toBe(50);
  });

  it('[B18] answers a mismatch before a conflict', async () => {
    const gate = new Gate();
    desk.work = () => gate.pass();
    const first = desk.send('k');
    await gate.reached;
    expect((await desk.send('k', { sku: 'rum' })).status).toBe(422);
    expect((await desk.send('k')).status).toBe(409);
    gate.open();
    expect((await first).status).toBe(201);
    expect((await desk.send('k', { sku: 'rum' })).status).toBe(422);
    expect(desk.runs).toBe(1);
    expect(desk.outcomes).toEqual(['mismatch', 'conflict', 'recorded', 'mismatch']);
  });
});

describe.each(PLATFORMS_AND_STORES)('waiting duplicates on %s with %s', (platform, storeName) => {
  it('[B18] answers a mismatch without waiting', async () => {
    const desk = await Desk.open(platform, storeName, { wait: 60_000 });
    const gate = new Gate();
    desk.work = () => gate.pass();
    const first = desk.send('k');
    await gate.reached;
    expect((await desk.send('k', { sku: 'rum' })).status).toBe(422);
    gate.open();
    await first;
    await desk.close();
  });
});
