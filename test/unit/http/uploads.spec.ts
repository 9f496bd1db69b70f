import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Fingerprinter } from '../../../lib/http/fingerprint.js';
import { uploadsDigest, verifyUploads } from '../../../lib/http/uploads.js';
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

describe('the digest of uploads', () => {
  const uploads: Uploads = {
    fields: { note: 'x', list: ['1', '2'] },
    files: [file('a', 'a.txt', 'A'), file('b', 'b.txt', 'B')],
  };

  it('is written as a fingerprint is', async () => {
    expect(digestOf(await uploadsDigest(uploads, keyring))).toMatch(/^1\.[0-9a-f]{8}\.[\w-]{43}$/);
  });

  it('[B51] reads what version 1 wrote, which must never change', async () => {
    expect(
      await verifyUploads('1.3dc3b72d.WgqF6fJX8zj9aI7VqLXxpXIaShjFE1FYxmymnOqevns', uploads, keyring),
    ).toBe('same');
  });

  it('[B12] does not depend on the order of fields', async () => {
    const other = { fields: { list: ['1', '2'], note: 'x' }, files: uploads.files.toReversed() };
    expect(await compare(uploads, other)).toBe('same');
  });

  it.each<[string, Partial<Uploads>]>([
    ['a text field', { fields: { note: 'y', list: ['1', '2'] } }],
    ['the order in a text field', { fields: { note: 'x', list: ['2', '1'] } }],
    ['a file name', { files: [file('a', 'c.txt', 'A'), file('b', 'b.txt', 'B')] }],
    ['the bytes of a file', { files: [file('a', 'a.txt', 'A'), file('b', 'b.txt', 'C')] }],
    ['a media type', { files: [file('a', 'a.txt', 'A', 'text/html'), file('b', 'b.txt', 'B')] }],
    ['the field of a file', { files: [file('a', 'a.txt', 'A'), file('c', 'b.txt', 'B')] }],
    ['one file less', { files: [file('a', 'a.txt', 'A')] }],
    ['one file twice', { files: [...uploads.files, file('b', 'b.txt', 'B')] }],
    ['no file', { files: [] }],
  ])('[B11] is another one with another: %s', async (_, changes) => {
    expect(await compare(uploads, { ...uploads, ...changes })).toBe('different');
  });

  it('[B11] depends on the order of files in one field', async () => {
    const files = [file('a', '1', 'A'), file('a', '2', 'B')];
    expect(await compare({ fields: {}, files }, { fields: {}, files: files.toReversed() })).toBe('different');
    expect(await compare({ fields: {}, files }, { fields: {}, files })).toBe('same');
  });

  it('is the same for a file in memory and on disk', async () => {
    const path = join(directory, 'large');
    const bytes = 'x'.repeat(300_000);
    await writeFile(path, bytes);
    const onDisk = { ...file('a', 'a', ''), content: { kind: 'path', path } } as const;
    expect(
      await compare({ fields: {}, files: [file('a', 'a', bytes)] }, { fields: {}, files: [onDisk] }),
    ).toBe('same');
  });

  it('is not there when the bytes of a file are not', async () => {
    const hidden: UploadedPart = { ...file('a', 'a', ''), content: { kind: 'unreadable' } };
    const gone: UploadedPart = {
      ...file('b', 'b', ''),
      content: { kind: 'path', path: join(directory, 'gone') },
    };
    const stored = digestOf(await uploadsDigest(uploads, keyring));
    for (const files of [[hidden], [file('0', '', ''), hidden]]) {
      expect(await uploadsDigest({ fields: {}, files }, keyring)).toEqual({
        state: 'unreadable',
        field: 'a',
      });
      expect(await verifyUploads(stored, { fields: {}, files }, keyring)).toEqual({
        state: 'unreadable',
        field: 'a',
      });
    }
    const cause = expect.objectContaining({ code: 'ENOENT' }) as unknown;
    expect(await uploadsDigest({ fields: {}, files: [gone] }, keyring)).toEqual({
      state: 'unreadable',
      field: 'b',
      cause,
    });
  });

  it('[B15] [B51] outlives a rotated secret, and is not guessed about when secret or version are unknown', async () => {
    const stored = digestOf(await uploadsDigest(uploads, keyring));
    const rotated = new Fingerprinter(['next', 'a secret of the application']).keyring;
    expect(await verifyUploads(stored, uploads, rotated)).toBe('same');
    expect(await verifyUploads(stored, uploads, new Fingerprinter([]).keyring)).toBe('unknown');
    expect(await verifyUploads(stored.replace(/^1/, '2'), uploads, keyring)).toBe('unknown');
    expect(await verifyUploads('damaged', uploads, keyring)).toBe('unknown');
  });
});
