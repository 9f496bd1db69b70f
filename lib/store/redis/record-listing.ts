import { RecordUnreadableError } from '../../errors/record-unreadable.error.js';
import type { RecordEntry, RecordPage, RecordQuery } from '../idempotency-store.js';
import type { RedisDriver, RedisNode } from './clients/redis-driver.js';
import { decodeEntry } from './record.js';
import { unavailable } from './redis-errors.js';
import { readCursor, writeCursor, type ScanPosition } from './scan-cursor.js';
import { scan, type FoundKey } from './scan.js';
import type { ScriptRunner } from './script-runner.js';
import { LOOK } from './scripts/look.js';

/** Keys that one SCAN goes through: it blocks the server for well under a millisecond. */
const MAX_COUNT = 1_000;
/** Keys gone through for one page, about; a SCAN of few counts as one of `MIN_COST`, for it is a round trip as well. */
const PAGE_COST = 5_000;
const MIN_COST = 250;

/** Pages of the records under `prefix`, by SCAN, one server after the other. */
export class RecordListing {
  constructor(
    private readonly connect: () => RedisDriver,
    private readonly runner: ScriptRunner,
    private readonly prefix: string,
  ) {}

  async list(query: RecordQuery): Promise<RecordPage> {
    const nodes = await this.masters();
    const { limit } = query;
    const { node, scan, waiting } = readCursor(nodes, query.cursor);
    const records = await this.lookAt(
      waiting.map((id) => ({ id, tombstone: false })),
      query,
    );
    let at = position(nodes, node, scan, records.splice(limit));
    // Few at first, unless few can match: what a SCAN finds beyond the page has to go into the cursor.
    let count = query.idPrefix ? MAX_COUNT : Math.min(limit, MAX_COUNT);
    for (let cost = 0; at && records.length < limit && cost < PAGE_COST; cost += Math.max(count, MIN_COST)) {
      const { next, keys } = await this.scan(nodes, at, query, count);
      const told = new Set(records.map(({ id }) => id));
      const found = (await this.lookAt(keys, query)).filter(({ id }) => !told.has(id));
      const room = limit - records.length;
      if (found.length > room && count > room) {
        count = room;
        continue;
      }
      records.push(...found.slice(0, room));
      at = position(nodes, next === '0' ? at.node + 1 : at.node, next, found.slice(room));
      if (found.length === 0) count = Math.min(count * 4, MAX_COUNT);
    }
    return at ? { records, next: writeCursor(nodes, at) } : { records };
  }

  private async masters(): Promise<readonly RedisNode[]> {
    const driver = this.connect();
    try {
      return await driver.masters();
    } catch (error) {
      throw unavailable('list', error);
    }
  }

  private scan(nodes: readonly RedisNode[], at: ScanPosition, query: RecordQuery, count: number) {
    const prefix = this.connect().keyPrefix + this.prefix;
    return scan(nodes[at.node] as RedisNode, at.scan, prefix, query.idPrefix ?? '', count);
  }

  /** What stands at these keys, as far as it fits the query; each id once. */
  private async lookAt(keys: readonly FoundKey[], query: RecordQuery): Promise<RecordEntry[]> {
    // Of a record and its tombstone, the record.
    const ids = new Map(keys.map(({ id }) => [id, 'tombstone']));
    for (const { id, tombstone } of keys) if (!tombstone) ids.set(id, 'header');
    const entries = await Promise.all(Array.from(ids, ([id, what]) => this.entry(id, what)));
    return entries.filter((entry) => entry !== undefined).filter((entry) => fits(entry, query));
  }

  private async entry(id: string, what: string): Promise<RecordEntry | undefined> {
    try {
      const reply = await this.runner.run(LOOK, id, [what]);
      if (reply.state === 'absent') return undefined;
      return decodeEntry(id, reply.value, reply.now, reply.left, false);
    } catch (error) {
      // One that cannot be read hides no other: `look` says what is wrong with it.
      if (error instanceof RecordUnreadableError) return undefined;
      throw error;
    }
  }
}

/** Where to go on; nowhere when the last server is done and nothing is waiting. */
function position(
  nodes: readonly RedisNode[],
  node: number,
  scan: string,
  waiting: readonly RecordEntry[],
): ScanPosition | undefined {
  if (node >= nodes.length && waiting.length === 0) return undefined;
  return { node, scan, waiting: waiting.map(({ id }) => id) };
}

function fits(entry: RecordEntry, { states, scopes, idPrefix = '', runningFor }: RecordQuery): boolean {
  if (!entry.id.startsWith(idPrefix)) return false;
  if (states && !states.includes(entry.state)) return false;
  if (scopes && !scopes.includes(entry.scope)) return false;
  return runningFor === undefined || (entry.runningFor !== undefined && entry.runningFor >= runningFor);
}
