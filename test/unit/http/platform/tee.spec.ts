import { Tee } from '../../../../lib/http/platform/tee.js';

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A source that says how far it was read. */
function counting(chunks: unknown[], error?: Error) {
  const state = { given: 0, ended: false };
  async function* source() {
    for (const chunk of chunks) {
      await turn();
      state.given++;
      yield chunk;
    }
    if (error) throw error;
    state.ended = true;
  }
  return { state, iterator: source() };
}

async function all(source: AsyncIterable<unknown>): Promise<unknown[]> {
  const chunks: unknown[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return chunks;
}

describe('Tee', () => {
  it('runs its source to the end though nobody reads', async () => {
    const { iterator, state } = counting(['a', 'b']);
    await new Tee(iterator, 10).ended;
    expect(state).toEqual({ given: 2, ended: true });
  });

  it('gives everything from the start, as often as asked, during and after', async () => {
    const { iterator } = counting(['a', Buffer.from('b'), { c: 1 }, new ArrayBuffer(1)]);
    const tee = new Tee(iterator, 100);
    const during = await Promise.all([all(tee.read()), all(tee.read())]);
    expect(during[0]).toEqual(['a', Buffer.from('b'), { c: 1 }, new ArrayBuffer(1)]);
    expect(during[1]).toEqual(during[0]);
    expect(await all(tee.read())).toEqual(during[0]);
  });

  it('goes on when its reader leaves', async () => {
    const { iterator, state } = counting(['a', 'b', 'c']);
    const tee = new Tee(iterator, 100);
    for await (const chunk of tee.read()) {
      expect(chunk).toBe('a');
      break;
    }
    await tee.ended;
    expect(state.ended).toBe(true);
    expect(await all(tee.read())).toEqual(['a', 'b', 'c']);
  });

  it('lets the reader set the pace of what is larger than the limit', async () => {
    const { iterator, state } = counting(['aa', 'bb', 'cc', 'dd']);
    const tee = new Tee(iterator, 3);
    const reader = tee.read();
    for (let i = 0; i < 20; i++) await turn();
    expect(state.given).toBe(2);
    expect(await all(reader)).toEqual(['aa', 'bb', 'cc', 'dd']);
    await tee.ended;
    expect(() => tee.read()).toThrow('not kept');
  });

  it.each(['return', 'throw'] as const)(
    'ends a source larger than the limit after its reader left by %s',
    async (way) => {
      const { iterator, state } = counting(['aa', 'bb', 'cc', 'dd']);
      const tee = new Tee(iterator, 3);
      const reader = tee.read();
      expect(await reader.next()).toEqual({ done: false, value: 'aa' });
      await (way === 'return'
        ? reader.return(undefined)
        : reader.throw(new Error('left')).catch(() => undefined));
      await tee.ended;
      expect(state.ended).toBe(true);
      expect(await reader.next()).toEqual({ done: true, value: undefined });
    },
  );

  it('ends a source larger than the limit that was abandoned, and tells a reader who comes back', async () => {
    const { iterator, state } = counting(['aa', 'bb', 'cc']);
    const tee = new Tee(iterator, 3);
    const reader = tee.read();
    tee.abandon();
    await tee.ended;
    expect(state.ended).toBe(true);
    await expect(reader.next()).rejects.toThrow('not kept');
  });

  it('can be read after it was abandoned while it fits', async () => {
    const { iterator } = counting(['a', 'b']);
    const tee = new Tee(iterator, 3);
    tee.abandon();
    await tee.ended;
    expect(await all(tee.read())).toEqual(['a', 'b']);
  });

  it('gives what came before an error, then the error, to every reader', async () => {
    const error = new Error('broken');
    const { iterator } = counting(['a'], error);
    const tee = new Tee(iterator, 100);
    const reader = tee.read();
    expect(await reader.next()).toEqual({ done: false, value: 'a' });
    await expect(reader.next()).rejects.toBe(error);
    await expect(all(tee.read())).rejects.toBe(error);
    await expect(tee.ended).rejects.toBe(error);
  });
});
