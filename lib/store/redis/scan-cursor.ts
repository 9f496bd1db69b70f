import { crc32 } from 'node:zlib';
import type { RedisNode } from './clients/redis-driver.js';

/** Where a page of `list` begins. */
export interface ScanPosition {
  /** Index of the server; after the last one when only `waiting` is left. */
  readonly node: number;
  /** Its own cursor. */
  readonly scan: string;
  /** Ids that were found before, and not told because the page was full. */
  readonly waiting: readonly string[];
}

const BEGINNING: ScanPosition = { node: 0, scan: '0', waiting: [] };
// Many more ids than a SCAN finds beyond what a page has room for; somebody may have written the cursor himself.
const FORM = /^([0-9a-f]{1,8})\.(\d{1,9})\.(\d{1,20})((?:\.[A-Za-z0-9_-]{1,64}){0,5000})$/;

/** Which servers a cursor speaks of: with others, its numbers mean nothing. */
const digest = (nodes: readonly RedisNode[]): string =>
  crc32(nodes.map(({ name }) => name).join(' ')).toString(16);

export function writeCursor(nodes: readonly RedisNode[], { node, scan, waiting }: ScanPosition): string {
  return [digest(nodes), node, scan, ...waiting].join('.');
}

/**
 * The beginning, too, when the cluster has other masters by now: told twice is better than left out.
 *
 * @throws TypeError when it is not the `next` of a page
 */
export function readCursor(nodes: readonly RedisNode[], cursor: string | undefined): ScanPosition {
  if (cursor === undefined) return BEGINNING;
  const parts = FORM.exec(cursor);
  if (!parts) throw new TypeError('RedisStore: this cursor is not the `next` of a page.');
  const [, of, node = '', scan = '', waiting = ''] = parts;
  if (of !== digest(nodes)) return BEGINNING;
  return { node: Number(node), scan, waiting: waiting.split('.').slice(1) };
}
