import multipart from '@fastify/multipart';
import fastify from 'fastify';
import multer from 'multer';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Fingerprinter } from '../../../lib/http/fingerprint.js';
import {
  fieldsOf,
  filesOf,
  isMultipartParsed,
  uploadsDigest,
  verifyUploads,
} from '../../../lib/http/uploads.js';
import type { UploadedPart, Uploads, UploadsDigest } from '../../../lib/http/uploads.js';

const { keyring } = new Fingerprinter(['a secret of the application']);
const file = (field: string, name: string, bytes: string, mimeType = 'text/plain'): UploadedPart => ({
  field,
  name,
  mimeType,
  content: { kind: 'bytes', bytes: Buffer.from(bytes) },
});
const digestOf = (result: UploadsDigest): string =>
  result.state === 'digest' ? result.digest : 'unreadable';
const compare = async (a: Uploads, b: Uploads) =>
  verifyUploads(digestOf(await uploadsDigest(a, keyring)), b, keyring);

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'uploads-'));
});
afterAll(() => rm(directory, { recursive: true }));

function form(...parts: [field: string, value: string, name?: string][]): FormData {
  const data = new FormData();
  for (const [field, value, name] of parts) {
    if (name === undefined) data.append(field, value);
    else data.append(field, new Blob([value], { type: 'text/plain' }), name);
  }
  return data;
}

type Middleware = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void;

/** What a request shows after multer was at it. */
async function sendToMulter<T>(
  middleware: unknown,
  data: FormData,
  look: (request: object) => T,
): Promise<T> {
  let result: { value: T } | undefined;
  const server = createServer((request, response) => {
    (middleware as Middleware)(request, response, (error) => {
      if (!error) result = { value: look(request) };
      response.end(error ? String(error) : '');
    });
  }).listen(0);
  await once(server, 'listening');
  try {
    const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, {
      method: 'POST',
      body: data,
    });
    const text = await answer.text();
    if (!result) throw new Error(text);
    return result.value;
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const look = (request: object) => ({ fields: fieldsOf(request), files: filesOf(request) });
const sent = form(['note', 'x'], ['a', 'A', 'a.txt'], ['b', 'B', 'b.txt'], ['a', 'C', 'c.txt']);

describe('the files multer put on a request', () => {
  const upload = multer();

  it.each<[string, unknown]>([
    ['a list', upload.any()],
    ['a record', upload.fields([{ name: 'a' }, { name: 'b' }])],
  ])('[B11] are found in %s', async (_, middleware) => {
    const { files = [], fields } = await sendToMulter(middleware, sent, look);
    expect(fields).toMatchObject({ note: 'x' });
    const expected = [file('a', 'a.txt', 'A'), file('a', 'c.txt', 'C'), file('b', 'b.txt', 'B')];
    expect(files.toSorted((a, b) => a.name.localeCompare(b.name))).toEqual(
      expected.toSorted((a, b) => a.name.localeCompare(b.name)),
    );
    expect(await compare({ fields: { note: 'x' }, files: expected }, { fields, files })).toBe('same');
  });

  it('[B11] are found when there is one', async () => {
    const { files } = await sendToMulter(upload.single('a'), form(['a', 'A', 'a.txt']), look);
    expect(files).toEqual([file('a', 'a.txt', 'A')]);
  });

  it('[B11] are found on disk', async () => {
    const { files = [] } = await sendToMulter(multer({ dest: directory }).any(), sent, look);
    expect(files.map(({ content }) => content.kind)).toEqual(['path', 'path', 'path']);
    const inMemory = await sendToMulter(upload.any(), sent, look);
    expect(await compare({ fields: {}, files }, { fields: {}, files: inMemory.files ?? [] })).toBe('same');
  });

  it('[B11] are unreadable when a storage engine of the application took the bytes', async () => {
    const storage: multer.StorageEngine = {
      _handleFile: (_request, incoming, done) =>
        void incoming.stream.resume().on('end', () => done(null, { size: 1 })),
      _removeFile: (_request, _file, done) => done(null),
    };
    const { files } = await sendToMulter(multer({ storage }).any(), form(['a', 'A', 'a.txt']), look);
    expect(files).toEqual([{ ...file('a', 'a.txt', ''), content: { kind: 'unreadable' } }]);
  });

  it('are none when the parser shows that there was none, and unknown when nothing shows anything', async () => {
    const data = form(['note', 'x']);
    expect((await sendToMulter(upload.any(), data, look)).files).toEqual([]);
    expect(await sendToMulter(upload.single('a'), data, look)).toEqual({
      fields: { note: 'x' },
      files: undefined,
    });
    expect(look({})).toEqual({ fields: undefined, files: undefined });
  });
});

describe('the files @fastify/multipart put on a request', () => {
  async function sendToFastify<T>(
    options: object,
    data: FormData,
    see: (request: object) => Promise<T> | T,
  ): Promise<T> {
    const app = fastify();
    await app.register(multipart, options);
    let result: { value: T } | undefined;
    app.post('/', async (request) => {
      result = { value: await see(request) };
      return '';
    });
    const encoded = new Response(data);
    const answer = await app.inject({
      method: 'POST',
      url: '/',
      headers: { 'content-type': encoded.headers.get('content-type') ?? '' },
      payload: Buffer.from(await encoded.arrayBuffer()),
    });
    await app.close();
    if (!result) throw new Error(answer.body);
    return result.value;
  }

  it('[B11] are found in the body', async () => {
    const data = form(['note', 'x'], ['list', '1'], ['a', 'A', 'a.txt'], ['list', '2'], ['a', 'C', 'c.txt']);
    const { fields, files = [] } = await sendToFastify({ attachFieldsToBody: true }, data, look);
    expect(fields).toEqual({ note: ['x'], list: ['1', '2'] });
    expect(files).toEqual([file('a', 'a.txt', 'A'), file('a', 'c.txt', 'C')]);
    expect(await compare({ fields, files }, { fields: { list: ['1', '2'], note: ['x'] }, files })).toBe(
      'same',
    );
  });

  it('[B11] are unreadable when the application took the bytes while they came', async () => {
    const onFile = async (part: { file: AsyncIterable<unknown> }) => {
      for await (const chunk of part.file) void chunk;
    };
    const { files } = await sendToFastify(
      { attachFieldsToBody: true, onFile },
      form(['a', 'A', 'a.txt']),
      look,
    );
    expect(files).toEqual([{ ...file('a', 'a.txt', ''), content: { kind: 'unreadable' } }]);
  });

  it('[B11] are buffers among the fields with keyValues', async () => {
    const options = { attachFieldsToBody: 'keyValues' };
    const first = await sendToFastify(options, form(['note', 'x'], ['a', 'A', 'a.txt']), look);
    expect(first.files).toBeUndefined();
    const second = await sendToFastify(options, form(['note', 'x'], ['a', 'B', 'a.txt']), look);
    expect(await compare({ fields: first.fields, files: [] }, { fields: second.fields, files: [] })).toBe(
      'different',
    );
    expect(await compare({ fields: first.fields, files: [] }, { fields: first.fields, files: [] })).toBe(
      'same',
    );
  });

  it('[B11] are found where it saved them', async () => {
    const state = await sendToFastify({}, form(['a', 'A', 'a.txt']), async (request) => {
      await (request as { saveRequestFiles(): Promise<unknown> }).saveRequestFiles();
      const files = filesOf(request) ?? [];
      return {
        kinds: files.map(({ content }) => content.kind),
        digest: await uploadsDigest({ fields: {}, files }, keyring),
      };
    });
    expect(state.kinds).toEqual(['path']);
    expect(
      await verifyUploads(digestOf(state.digest), { fields: {}, files: [file('a', 'a.txt', 'A')] }, keyring),
    ).toBe('same');
  });

  it('are none when there are only text fields, and are not the methods of the plugin', async () => {
    expect((await sendToFastify({ attachFieldsToBody: true }, form(['note', 'x']), look)).files).toEqual([]);
    expect(await sendToFastify({}, form(['note', 'x']), look)).toEqual({
      fields: undefined,
      files: undefined,
    });
  });

  it('cannot be forged in a body that is not multipart', () => {
    const body: unknown = JSON.parse(
      '{"a":{"type":"file","fieldname":"a","file":{},"_buf":"x","fields":{}}}',
    );
    expect(look({ body })).toEqual({ fields: body, files: undefined });
    expect(look({ body: 'text' })).toEqual({ fields: 'text', files: undefined });
  });
});

describe('files of a shape nobody knows', () => {
  it('[B11] are unreadable, not overlooked', () => {
    const unreadable = { kind: 'unreadable' };
    expect(filesOf({ files: { a: { name: 'a.txt', md5: '…' }, b: ['?', null] } })).toMatchObject([
      { field: 'a', name: 'a.txt', content: unreadable },
      { field: 'b', name: '', content: unreadable },
      { field: 'b', content: unreadable },
    ]);
    expect(filesOf({ file: { fieldname: 'a', originalname: 'x', stream: {} } })).toMatchObject([
      { field: 'a', content: unreadable },
    ]);
  });
});

describe('whether a multipart request was parsed', () => {
  it.each<[string, object]>([
    ['nothing is there', {}],
    ['there is no body', { body: undefined }],
    ['body-parser 1 left an empty object', { body: {} }],
    [
      'the plugin has only put its methods there',
      { file: () => undefined, files: () => undefined, body: null },
    ],
  ])('[B11] is not assumed when %s', (_, request) => {
    expect(isMultipartParsed(request)).toBe(false);
  });

  it.each<[string, object]>([
    ['there is a file', { file: { fieldname: 'a' } }],
    ['there are no files', { files: [], body: {} }],
    ['multer found nothing at all', { body: Object.create(null) as unknown }],
    ['there are fields', { body: { note: 'x' } }],
    ['a parser of the application left text', { body: '' }],
  ])('is known when %s', (_, request) => {
    expect(isMultipartParsed(request)).toBe(true);
  });

  it('is known of an empty form that multer parsed', async () => {
    const data = form(['a', 'A', 'a.txt']);
    const filtered = multer({ fileFilter: (_request, _file, done) => done(null, false) }).single('a');
    expect(await sendToMulter(filtered, data, isMultipartParsed)).toBe(true);
  });
});
