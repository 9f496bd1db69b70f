import { stat } from 'node:fs/promises';
import { Deadline } from '../../../lib/engine/deadline.js';

/** Nothing else happens in this process meanwhile. */
function block(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

describe('a store operation', () => {
  it('is not too late when its answer lies there, and the process was held up', async () => {
    const answered = new Deadline(20).run('look', () => stat('.'));
    block(100);
    expect((await answered).isDirectory()).toBe(true);
  });

  it('is too late when there is no answer, also then', async () => {
    const never = new Deadline(20).run('look', () => new Promise<never>(() => undefined));
    block(100);
    await expect(never).rejects.toMatchObject({ code: 'IDEMPOTENCY_STORE_UNAVAILABLE' });
  });

  it('hands a late answer to whom it may concern, once', async () => {
    let give!: (answer: string) => void;
    const late: string[] = [];
    const work = () => new Promise<string>((resolve) => (give = resolve));
    const operation = new Deadline(1).run('acquire', work, (answer) => late.push(answer));
    await expect(operation).rejects.toMatchObject({ code: 'IDEMPOTENCY_STORE_UNAVAILABLE' });
    give('lease');
    await new Promise(setImmediate);
    expect(late).toEqual(['lease']);
  });
});
