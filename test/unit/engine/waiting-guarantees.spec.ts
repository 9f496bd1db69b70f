import { settle } from '../../support/fault-gate.js';
import { advance, enquiry, fakeTime, Harness, LEASE } from './engine-harness.js';

const WAIT = 60_000;

describe('waiters of one record that are promised different things', () => {
  fakeTime();

  it('never run under the guarantee of another one, who left while the store was asked', async () => {
    const harness = new Harness();
    const running = await harness.run();
    const client = new AbortController();
    const left = () => client.signal;
    const first = harness.engine.begin(enquiry({ onLapse: 'rerun', wait: WAIT, left }));
    await settle();
    const second = harness.engine.begin(enquiry({ onLapse: 'uncertain', wait: WAIT }));
    await settle();
    const { memory } = harness;
    const claimed = jest.spyOn(memory, 'acquire').mockImplementationOnce(async (claim) => {
      client.abort();
      claimed.mockRestore();
      return memory.acquire(claim);
    });
    await running.release('nothing');
    await settle();
    expect((await first).kind).toBe('conflict');
    const ruling = await second;
    expect(ruling.kind).toBe('run');
    // Its process dies.
    if (ruling.kind === 'run') ruling.attempt.abandon();
    await advance(LEASE);
    expect(await memory.look('id')).toMatchObject({ state: 'uncertain' });
  });

  it('hear of an uncertain record each by his own claim', async () => {
    const harness = new Harness();
    const running = await harness.run();
    const strict = harness.engine.begin(enquiry({ onLapse: 'uncertain', wait: WAIT }));
    await settle();
    const other = harness.engine.begin(enquiry({ onLapse: 'rerun', wait: WAIT }));
    await settle();
    running.abandon();
    await advance(LEASE + 10);
    expect((await strict).kind).toBe('uncertain');
    expect((await other).kind).toBe('run');
  });
});
