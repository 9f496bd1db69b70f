import { StreamableFile } from '@nestjs/common';
import { Readable } from 'node:stream';
import { repeatable } from '../../../../lib/http/platform/repeatable.js';

async function textOf(source: any): Promise<string> {
  let text = '';
  for await (const chunk of source) text += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
  return text;
}

async function* generator() {
  yield 'one ';
  yield 'two';
}

const STREAMS: [string, () => any, (value: any) => Promise<string>][] = [
  ['a file', () => new StreamableFile(Buffer.from('one two')), (file) => textOf(file.getStream())],
  [
    'a file of a stream',
    () => new StreamableFile(Readable.from(['one ', 'two'])),
    (file) => textOf(file.getStream()),
  ],
  ['a readable', () => Readable.from(['one ', 'two']), textOf],
  ['a generator', () => generator(), textOf],
  ['a web stream', () => Readable.toWeb(Readable.from([Buffer.from('one '), Buffer.from('two')])), textOf],
  ['a web response', () => new Response('one two'), (response) => response.text()],
];

describe('repeatable', () => {
  it.each([undefined, null, 0, '', 'text', true, { id: 1 }, [1], Buffer.from('bytes')])(
    'gives %p as it is',
    (value) => {
      const { fresh, ended } = repeatable(value, 100);
      expect(fresh()).toBe(value);
      expect(fresh()).toBe(value);
      expect(ended).toBeUndefined();
    },
  );

  it.each(STREAMS)('gives %s several times', async (_name, make, read) => {
    const value = make();
    const { fresh, ended } = repeatable(value, 100);
    expect(Object.prototype.toString.call(fresh())).toBe(Object.prototype.toString.call(value));
    expect(await read(fresh())).toBe('one two');
    await ended;
    expect(await read(fresh())).toBe('one two');
  });

  it.each(STREAMS)('does not give %s again when it was larger than the limit', async (_name, make, read) => {
    const { fresh, ended } = repeatable(make(), 6);
    expect(await read(fresh())).toBe('one two');
    await ended;
    expect(fresh).toThrow('not kept');
  });

  it.each(STREAMS)('reads %s to its end when nobody does', async (_name, make) => {
    const { ended, abandon } = repeatable(make(), 2);
    abandon!();
    await ended;
  });

  it('keeps headers and handlers of a file', () => {
    const onError = () => undefined;
    const onLog = () => undefined;
    const file = new StreamableFile(Buffer.from('x'), {
      type: 'application/pdf',
      disposition: 'inline',
      length: 1,
    })
      .setErrorHandler(onError)
      .setErrorLogger(onLog);
    const copy = repeatable(file, 100).fresh() as StreamableFile;
    expect(copy.getHeaders()).toEqual(file.getHeaders());
    expect(copy.errorHandler).toBe(onError);
    expect(copy.errorLogger).toBe(onLog);
  });

  it('keeps status, headers and kind of a web response', async () => {
    const response = new Response('x', {
      status: 202,
      statusText: 'Fine',
      headers: [
        ['x-a', '1'],
        ['set-cookie', 'a=1'],
        ['set-cookie', 'b=2'],
      ],
    });
    Object.defineProperty(response, 'type', { value: 'basic' });
    const copy = repeatable(response, 100).fresh() as Response;
    expect([copy.status, copy.statusText, copy.type]).toEqual([202, 'Fine', 'basic']);
    expect([...copy.headers]).toEqual([...response.headers]);
  });

  it('gives a web response without a body as it is', () => {
    const response = new Response(null, { status: 204 });
    const { fresh } = repeatable(response, 100);
    expect(fresh()).toBe(response);
    expect(fresh()).toBe(response);
  });

  it('stops a web stream that is cancelled, and ends its source all the same', async () => {
    let ended = false;
    async function* source() {
      yield Buffer.from('one');
      yield Buffer.from('two');
      ended = true;
    }
    const made = repeatable(Readable.toWeb(Readable.from(source())), 2);
    await (made.fresh() as ReadableStream).cancel();
    await made.ended;
    expect(ended).toBe(true);
  });

  it('hands a broken stream its own error', async () => {
    async function* broken() {
      yield 'one';
      throw new Error('broken');
    }
    const { fresh, ended } = repeatable(Readable.from(broken()), 100);
    await expect(textOf(fresh())).rejects.toThrow('broken');
    await expect(ended).rejects.toThrow('broken');
  });

  it.each<[string, () => Promise<unknown>]>([
    [
      'a readable that somebody reads',
      async () => {
        const readable = Readable.from(['a', 'b']);
        await readable[Symbol.asyncIterator]().next();
        return readable;
      },
    ],
    ['a destroyed readable', async () => Readable.from(['a']).destroy()],
    [
      'a file that somebody reads',
      async () => {
        const file = new StreamableFile(Readable.from(['a', 'b']));
        await file.getStream()[Symbol.asyncIterator]().next();
        return file;
      },
    ],
    [
      'a locked web stream',
      async () => {
        const stream = Readable.toWeb(Readable.from(['a']));
        stream.getReader();
        return stream;
      },
    ],
    [
      'a web response that somebody reads',
      async () => {
        const response = new Response('a');
        response.body!.getReader();
        return response;
      },
    ],
    ['an iterable of the application\u2019s own', async () => ({ [Symbol.asyncIterator]: generator })],
  ])('gives %s once, as it is', async (_name, make) => {
    const value = await make();
    const { fresh } = repeatable(value, 100);
    expect(fresh()).toBe(value);
    expect(fresh).toThrow('cannot be read again');
  });
});
