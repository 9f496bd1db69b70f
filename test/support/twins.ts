import type { TestApp } from './create-app.js';
import { wire, type Wire, type WireInit } from './wire.js';

/** Makes a method idempotent in one controller and does nothing in its twin. */
export type Protect = MethodDecorator;
export const UNPROTECTED: Protect = () => undefined;

export interface Answers {
  /** The same handler's answer without the library. */
  readonly plain: Wire;
  readonly first: Wire;
  readonly retry: Wire;
}

let keys = 0;

/** A key that no other test has used. */
export function freshKey(): string {
  return `key-${++keys}`;
}

/** Asks the handler's unprotected twin under `/plain`, then the protected one under `/kept` twice with one key. */
export async function askTwins(app: TestApp, path: string, init: WireInit = {}): Promise<Answers> {
  const plain = await wire(`${app.url}/plain/${path}`, init);
  const key = freshKey();
  const first = await wire(`${app.url}/kept/${path}`, { ...init, key });
  const retry = await wire(`${app.url}/kept/${path}`, { ...init, key });
  return { plain, first, retry };
}

/** What may differ between two answers with the same meaning. */
const OF_THE_MOMENT = new Set([
  'date',
  'connection',
  'keep-alive',
  'set-cookie',
  'transfer-encoding',
  'content-length',
  'idempotent-replayed',
  'access-control-expose-headers',
]);

export function contentOf({ status, pairs, bytes }: Wire) {
  const headers = pairs
    .filter(([name]) => !OF_THE_MOMENT.has(name))
    .map(([name, value]) => `${name}: ${value}`);
  return { status, headers: headers.sort(), bytes: bytes.toString('latin1') };
}

/** The first answer is what it would be without the library, and the retry gets it again. */
export function expectOneAnswer({ plain, first, retry }: Answers): void {
  expect(first.replayed).toBe(false);
  expect(plain.replayed).toBe(false);
  expect(contentOf(first)).toEqual(contentOf(plain));
  expect(retry.replayed).toBe(true);
  expect(contentOf(retry)).toEqual(contentOf(first));
}
