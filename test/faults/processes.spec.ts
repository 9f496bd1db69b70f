import { PLATFORMS } from '../support/create-app.js';
import { Family, type Child } from '../support/child-process.js';

/** Of a client: seconds that it waits for an attempt to end. */
const PATIENT = { wait: 15 };
/** On the route whose lease is short: half a second. */
const BRIEF = { brief: true };
const BOTH = { ...PATIENT, ...BRIEF };
const SKEWS = [600_000, -600_000];

describe.each(PLATFORMS)('two processes on %s that share a Redis', (platform) => {
  const family = new Family();
  let a: Child;
  let b: Child;
  /** By what their clocks are wrong. */
  const skewed = new Map<number, Child>();

  // They serve all tests: starting them is what takes time.
  beforeAll(async () => {
    const settings = { platform, lease: 30_000, shortLease: 500, module: { preferWait: 20_000 } };
    const skews = SKEWS.map(async (clockSkew) => {
      skewed.set(clockSkew, await family.start({ ...settings, clockSkew }));
    });
    [a, b] = await Promise.all([family.start(settings), family.start(settings)]);
    await Promise.all(skews);
  }, 60_000);
  afterEach(async () => {
    const { bugs } = family;
    await family.refresh();
    expect(bugs).toEqual([]);
  });
  afterAll(() => family.end());

  it('[B17] run one of fifty parallel first requests, and answer 409 to the others', async () => {
    const answers = Array.from({ length: 50 }, (_, i) => (i % 2 ? a : b).send('k'));
    let conflicts = 0;
    await new Promise<void>((resolve) => {
      for (const answer of answers) {
        void answer.then(({ status }) => {
          if (status === 409 && ++conflicts === 49) resolve();
        });
      }
    });
    for (const child of [a, b]) child.tell({ kind: 'end', key: 'k' });
    const all = await Promise.all(answers);
    expect(family.runs).toBe(1);
    expect(all.filter(({ status }) => status === 201)).toHaveLength(1);
    for (const { status, headers } of all.filter((answer) => answer.status !== 201)) {
      expect(status).toBe(409);
      expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    }
  });

  it('[B17] [B19] give fifty parallel first requests the same 2xx when they wait', async () => {
    const answers = Array.from({ length: 50 }, (_, i) => (i % 2 ? a : b).send('k', {}, PATIENT));
    const runner = await Promise.race([a, b].map((child) => child.hears('runs').then(() => child)));
    runner.tell({ kind: 'end', key: 'k' });
    const all = await Promise.all(answers);
    expect(family.runs).toBe(1);
    expect(new Set(all.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(all[0]!.status).toBe(201);
    expect(all.filter(({ replayed }) => replayed)).toHaveLength(49);
  });

  it('[B19] hand a failed attempt to exactly one waiter', async () => {
    const first = a.send('k', {}, PATIENT);
    await a.hears('runs');
    const waiters = Array.from({ length: 20 }, (_, i) => (i % 2 ? a : b).send('k', {}, PATIENT));
    a.tell({ kind: 'end', key: 'k', status: 500 });
    expect((await first).status).toBe(500);
    const second = await Promise.race([a.hears('runs', 2).then(() => a), b.hears('runs', 1).then(() => b)]);
    second.tell({ kind: 'end', key: 'k' });
    const all = await Promise.all(waiters);
    expect(family.runs).toBe(2);
    expect(new Set(all.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(all[0]!.status).toBe(201);
  });

  it.each(['SIGSTOP', 'a blocked event loop'])(
    '[B22] give the client of an attempt that lost its lease by %s the answer of the winner',
    async (fault) => {
      const stale = a.send('k', {}, BOTH);
      await a.hears('runs');
      if (fault === 'SIGSTOP') a.signal('SIGSTOP');
      else a.tell({ kind: 'block', ms: 2_000 });
      const won = b.send('k', {}, BOTH);
      expect((await b.hears('runs')).attempt).toBe(2);
      b.tell({ kind: 'end', key: 'k' });
      const winner = await won;
      expect(winner.json).toEqual({ by: b.name, attempt: 2 });
      a.tell({ kind: 'end', key: 'k' });
      if (fault === 'SIGSTOP') a.signal('SIGCONT');
      const answer = await stale;
      expect(answer.status).toBe(winner.status);
      expect(answer.bytes).toEqual(winner.bytes);
      expect(await a.hears('aborted')).toMatchObject({ attempt: 1 });
      expect(await a.hears('incident')).toMatchObject({ incident: 'lease-lost' });
      expect(a.all('outcome')).toMatchObject([{ outcome: 'lost' }]);
      expect((await a.send('k', {}, BOTH)).bytes).toEqual(winner.bytes);
      expect(family.runs).toBe(2);
    },
  );

  it('[B22] tell the client of a stale attempt to retry while the winner runs, and leave the winner its lease', async () => {
    const stale = a.send('k', {}, BOTH);
    await a.hears('runs');
    a.signal('SIGSTOP');
    const won = b.send('k', {}, BOTH);
    await b.hears('runs');
    a.signal('SIGCONT');
    await a.hears('aborted');
    a.tell({ kind: 'end', key: 'k' });
    const answer = await stale;
    expect(answer.status).toBe(409);
    expect(answer.json).toMatchObject({ code: 'IDEMPOTENCY_LEASE_LOST' });
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    b.tell({ kind: 'end', key: 'k' });
    expect((await won).json).toEqual({ by: b.name, attempt: 2 });
    expect((await a.send('k', {}, BOTH)).json).toEqual({ by: b.name, attempt: 2 });
  });

  it('[B22] do not release the key of the winner when the stale attempt fails', async () => {
    const stale = a.send('k', {}, BOTH);
    await a.hears('runs');
    a.signal('SIGSTOP');
    const won = b.send('k', {}, BOTH);
    await b.hears('runs');
    a.tell({ kind: 'end', key: 'k', status: 500 });
    a.signal('SIGCONT');
    expect((await stale).status).toBe(500);
    await a.hears('aborted');
    expect(a.all('outcome')).toMatchObject([{ outcome: 'lost' }]);
    const duplicate = a.send('k', {}, BOTH);
    b.tell({ kind: 'end', key: 'k' });
    expect((await won).json).toEqual({ by: b.name, attempt: 2 });
    expect((await duplicate).json).toEqual({ by: b.name, attempt: 2 });
    expect(family.runs).toBe(2);
  });

  it('[B23] store the late answer of a stopped process when nobody took over', async () => {
    const late = a.send('k', {}, BRIEF);
    await a.hears('runs');
    // It cannot renew: its event loop is busy for three leases, and its answer follows at once.
    a.tell({ kind: 'end', key: 'k' });
    a.tell({ kind: 'block', ms: 1_500 });
    expect((await late).json).toEqual({ by: a.name, attempt: 1 });
    const retry = await b.send('k', {}, BRIEF);
    expect(retry.replayed).toBe(true);
    expect(retry.json).toEqual({ by: a.name, attempt: 1 });
    expect(family.runs).toBe(1);
  });

  it.each(SKEWS)('[B27] take nothing over early when one clock is %d ms off', async (clockSkew) => {
    const other = skewed.get(clockSkew)!;
    const first = a.send('k');
    await a.hears('runs');
    expect((await other.send('k')).status).toBe(409);
    const waiter = other.send('k', {}, PATIENT);
    for (let i = 0; i < 20; i++) expect((await other.send('k')).status).toBe(409);
    a.tell({ kind: 'end', key: 'k' });
    expect((await first).json).toEqual({ by: a.name, attempt: 1 });
    expect((await waiter).json).toEqual({ by: a.name, attempt: 1 });
    expect((await other.send('k')).replayed).toBe(true);
    expect(family.runs).toBe(1);
  });

  it.each(SKEWS)('[B27] keep to the lease when the clock of the runner is %d ms off', async (clockSkew) => {
    const runner = skewed.get(clockSkew)!;
    const lost = runner.send('k', {}, BRIEF).catch(() => 'lost');
    await runner.hears('runs');
    expect((await runner.send('k', {}, BRIEF)).status).toBe(409);
    await runner.kill();
    await lost;
    const retry = b.send('k', {}, BOTH);
    expect((await b.hears('runs')).attempt).toBe(2);
    b.tell({ kind: 'end', key: 'k' });
    expect((await retry).status).toBe(201);
  });

  // The last one: it kills a process that the others need.
  it('[B21] free the key of a killed process when its lease is over, not its retention', async () => {
    const lost = a.send('k', {}, BOTH).catch(() => 'lost');
    await a.hears('runs');
    a.signal('SIGKILL');
    expect(await a.ended).toEqual([null, 'SIGKILL']);
    expect(await lost).toBe('lost');
    const retry = b.send('k', {}, BOTH);
    expect((await b.hears('runs')).attempt).toBe(2);
    b.tell({ kind: 'end', key: 'k' });
    expect((await retry).json).toEqual({ by: b.name, attempt: 2 });
    expect((await b.send('k', {}, BOTH)).replayed).toBe(true);
    expect(family.runs).toBe(2);
  });
});
