import { types } from 'node:util';

/** One uploaded file, whoever parsed it. */
export interface UploadedPart {
  /** Name of the form field. */
  readonly field: string;
  /** The file's name on the client's side, as it was sent. */
  readonly name: string;
  readonly mimeType: string;
  readonly content: UploadedContent;
}

export type UploadedContent =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  /** A complete file on this machine's disk. */
  | { readonly kind: 'path'; readonly path: string }
  /** It is there, but its bytes are not: a custom storage engine took them, or nobody has read them yet. */
  | { readonly kind: 'unreadable' };

/**
 * The uploaded files on a request: those of multer and of Nest's upload interceptors on either platform
 * (`request.file`, `request.files`), else those of `@fastify/multipart` with `attachFieldsToBody: true`
 * (`request.body`), else those it saved (`request.savedRequestFiles`). `undefined` when the request shows none
 * of these: nothing has parsed files, or there was none; `[]` when a parser shows that there was none.
 *
 * With `attachFieldsToBody: 'keyValues'` files are buffers in the body and count as its fields. What stands in
 * `request.file` or `request.files` and has no known shape is a file that is `unreadable`.
 */
export function filesOf(request: object): readonly UploadedPart[] | undefined {
  const { file, files, body, savedRequestFiles } = request as Readonly<Record<string, unknown>>;
  // `@fastify/multipart` has methods under both names.
  const parsed = [
    ...(isObject(file) ? [describe(file, '')] : []),
    ...(isObject(files) ? entriesOf(files).map(([field, entry]) => describe(entry, field)) : []),
  ];
  if (parsed.length > 0 || isObject(files)) return parsed;
  const attached = partsOf(body);
  if (attached.length > 0) {
    return attached.filter(([, part]) => 'file' in part).map(([field, part]) => describe(part, field));
  }
  if (Array.isArray(savedRequestFiles)) return savedRequestFiles.map((entry) => describe(entry, ''));
  return undefined;
}

/**
 * What was sent beside the files: `request.body`, or the values of the text fields in it where
 * `@fastify/multipart` put its parts into the body.
 */
export function fieldsOf(request: object): unknown {
  const { body } = request as { readonly body?: unknown };
  const parts = partsOf(body);
  if (parts.length === 0) return body;
  const fields = new Map<string, unknown[]>();
  for (const [field, part] of parts) {
    if ('file' in part) continue;
    const values = fields.get(field);
    if (values) values.push(part['value']);
    else fields.set(field, [part['value']]);
  }
  return Object.fromEntries(fields);
}

/**
 * Whether somebody has parsed this multipart request. An empty ordinary object for a body does not say so:
 * body-parser 1 (Express 4, Nest 10) leaves one on every request it did not parse. Multer and Nest's upload
 * interceptors leave an object without prototype.
 */
export function isMultipartParsed(request: object): boolean {
  if (filesOf(request) !== undefined) return true;
  const { body } = request as { readonly body?: unknown };
  if (!isObject(body)) return body !== undefined && body !== null;
  return Object.getPrototypeOf(body) === null || Object.keys(body).length > 0;
}

type Loose = Readonly<Record<string, unknown>>;

/** Parts hold the body they stand in, which no parsed JSON or form can: a client cannot forge one. */
function partsOf(body: unknown): [field: string, part: Loose][] {
  if (!isObject(body)) return [];
  return entriesOf(body).filter(
    (entry): entry is [string, Loose] => isObject(entry[1]) && entry[1]['fields'] === body,
  );
}

/** The members of a list, or of a record of members and lists of members. */
function entriesOf(container: Loose): [field: string, entry: unknown][] {
  if (Array.isArray(container)) return container.map((entry) => ['', entry]);
  return Object.entries(container).flatMap(([field, value]) =>
    (Array.isArray(value) ? value : [value]).map((entry): [string, unknown] => [field, entry]),
  );
}

function describe(entry: unknown, field: string): UploadedPart {
  const file = isObject(entry) ? entry : {};
  return {
    field: textOf(file['fieldname'] ?? field),
    name: textOf(file['originalname'] ?? file['filename'] ?? file['name']),
    mimeType: textOf(file['mimetype']),
    content: contentOf(file),
  };
}

/** `toBuffer()` is not called: for a stream that somebody else has read it gives an empty buffer. */
function contentOf(file: Loose): UploadedContent {
  const bytes = file['buffer'] ?? file['_buf'];
  if (types.isUint8Array(bytes)) return { kind: 'bytes', bytes };
  const path = file['filepath'] ?? file['path'];
  return typeof path === 'string' && path !== '' ? { kind: 'path', path } : { kind: 'unreadable' };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function isObject(value: unknown): value is Loose {
  return typeof value === 'object' && value !== null;
}
