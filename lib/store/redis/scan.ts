import type { RedisNode } from './clients/redis-driver.js';
import { unavailable } from './redis-errors.js';
import { text } from './replies.js';

/** What a key says of a record: its id, and whether it is the tombstone's. */
export interface FoundKey {
  readonly id: string;
  readonly tombstone: boolean;
}

const KEY = /^\{([A-Za-z0-9_-]{1,64})\}(t?)$/;

/** Some keys of records on one server, those of one id next to each other; and the cursor that goes on, '0' at the end. */
export async function scan(
  node: RedisNode,
  cursor: string,
  prefix: string,
  idPrefix: string,
  count: number,
): Promise<{ next: string; keys: readonly FoundKey[] }> {
  const pattern = `${literally(prefix)}{${literally(idPrefix)}*`;
  let reply: unknown;
  try {
    reply = await node.call('SCAN', cursor, 'MATCH', pattern, 'COUNT', `${count}`);
  } catch (error) {
    throw unavailable('list', error);
  }
  const [next, found] = reply as [unknown, unknown[]];
  const keys = found.flatMap((key) => {
    const [, id, suffix] = KEY.exec(text(key).slice(prefix.length)) ?? [];
    return id === undefined ? [] : [{ id, tombstone: suffix === 't' }];
  });
  return { next: text(next), keys };
}

/** A pattern for exactly this: prefixes may have what patterns mean something by. */
const literally = (prefix: string): string => prefix.replaceAll(/[\\*?[\]]/g, String.raw`\$&`);
