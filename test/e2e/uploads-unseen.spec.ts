import { Controller, Post, UseInterceptors, type Type } from '@nestjs/common';
import * as onExpress from '@nestjs/platform-express';
import * as onFastify from '@nestjs/platform-fastify/multipart';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Idempotent } from 'nestjs-idempotency';
import { CountingStore } from '../support/counting-store.js';
import { createApp, send, type Platform, type TestApp } from '../support/create-app.js';
import { file, upload as sendUpload, uploadsWith, type Part } from '../support/uploads.js';

let runs = 0;
const directory = mkdtempSync(join(tmpdir(), 'idempotency-uploads-'));
const options = { directory, onRun: () => ++runs };
afterAll(() => rmSync(directory, { recursive: true }));

const custom: onExpress.MulterModuleOptions['storage'] = {
  _handleFile: (
    _request: unknown,
    { stream }: { stream: NodeJS.ReadableStream },
    done: (e: null, info: object) => void,
  ) => void stream.resume().once('end', () => done(null, { size: 1 })),
  _removeFile: (_request: unknown, _file: unknown, done: () => void) => done(),
} as never;

const unseenBy = (interceptor: Parameters<typeof UseInterceptors>[0]): Type => {
  @Controller('unseen')
  class UnseenController {
    @Post() @Idempotent() @UseInterceptors(interceptor) receive() {
      return { run: ++runs };
    }
  }
  return UnseenController;
};

const UNSEEN: Record<Platform, Type> = {
  express: unseenBy(onExpress.FileInterceptor('file', { storage: custom })),
  fastify: unseenBy(onFastify.FileStreamInterceptor('file')),
};

describe.each([
  ['express', uploadsWith(onExpress, options)],
  ['fastify', uploadsWith(onFastify, options)],
] as [Platform, Type][])('uploads on %s', (platform, controller) => {
  const store = new CountingStore();
  let app: TestApp;

  beforeAll(async () => {
    app = await createApp(platform, { controllers: [controller, UNSEEN[platform]], idempotency: { store } });
  });
  beforeEach(() => {
    runs = 0;
    store.forgetCalls();
  });
  afterAll(() => app.close());

  const upload = (key: string, route: string, ...parts: Part[]) =>
    sendUpload(`${app.url}/uploads/${route}`, key, ...parts);

  it('[B11] [B12] compares a form that may have no files', async () => {
    expect((await upload('form', 'none', ['a', '1'], ['b', '2'])).status).toBe(201);
    expect((await upload('form', 'none', ['b', '2'], ['a', '1'])).replayed).toBe(true);
    expect((await upload('form', 'none', ['a', '1'], ['b', '3'])).status).toBe(422);
    expect(runs).toBe(1);
  });

  it('[B11] refuses an upload that nobody parses, and leaves no lock', async () => {
    for (const content of ['one', 'two']) {
      const answer = await upload('unparsed', 'unparsed', ['file', file(content)]);
      expect(answer.status).toBe(415);
    }
    expect(runs).toBe(0);
    expect(store.calls.filter((call) => call === 'complete')).toEqual([]);
    expect((await send(`${app.url}/uploads/unparsed`, { key: 'unparsed' })).status).toBe(201);
  });

  it('[B11] refuses files whose bytes nobody can see: kept by a storage of their own, or not read yet', async () => {
    for (const content of ['one', 'two']) {
      const answer = await sendUpload(`${app.url}/unseen`, 'unseen', ['file', file(content)]);
      expect([answer.status, answer.json.code]).toEqual([415, 'IDEMPOTENCY_BODY_UNREADABLE']);
    }
    expect(runs).toBe(0);
    expect(store.calls).toEqual(['acquire', 'release', 'acquire', 'release']);
  });

  it('[B43] gives the key back when the upload is refused before the handler', async () => {
    const refused = await upload('limits', 'one', ['wrong', file('one')]);
    expect(refused.status).toBe(400);
    expect((await upload('limits', 'one', ['file', file('one')])).status).toBe(201);
    expect(runs).toBe(1);
  });

  it('[B15] compares no files where the fingerprint option picks what counts', async () => {
    expect((await upload('picked', 'picked', ['file', file('one')])).status).toBe(201);
    expect((await upload('picked', 'picked', ['file', file('two')])).replayed).toBe(true);
    expect(runs).toBe(1);
  });

  it('leaves the files of a retry on disk, as the documentation says, for the application to remove', async () => {
    const before = readdirSync(directory).length;
    await upload('disk', 'disk', ['file', file('one')]);
    await upload('disk', 'disk', ['file', file('one')]);
    await upload('disk', 'disk', ['file', file('two')]);
    expect(readdirSync(directory).length).toBe(before + 3);
  });
});
