import { RecordUnreadableError } from '../../errors/record-unreadable.error.js';
import { StoreUnavailableError } from '../../errors/store-unavailable.error.js';
import type { Acquired, Completed, InProgress } from '../idempotency-store.js';
import { decodeRecord } from './record.js';
import { RECORD_FORMAT } from './scripts/record.js';
import type { RedisScript } from './scripts/redis-script.js';

/** What a script answers. */
export type Reply =
  | Acquired
  | { readonly state: 'record'; readonly record: InProgress | Completed }
  | { readonly state: 'held' }
  | { readonly state: 'completed' }
  | { readonly state: 'released' }
  | { readonly state: 'lost' };

/**
 * Reads the reply of `script`: an array that opens with a word. Numbers may come as text, words as bytes:
 * clients differ, and their users choose.
 *
 * @throws RecordUnreadableError when the script found something that it does not understand
 * @throws StoreUnavailableError when this is no reply of that script
 */
export function decodeReply<State extends Reply['state']>(
  script: RedisScript<State>,
  reply: unknown,
): Extract<Reply, { state: State }> {
  const [word, first, second] = Array.isArray(reply) ? (reply as unknown[]) : [];
  const state = text(word);
  if (state === 'unreadable') throw unreadable(text(first));
  if (!script.replies.includes(state as State)) throw unexpected(script);
  return decode(script, state as State, first, second) as Extract<Reply, { state: State }>;
}

function decode(script: RedisScript, state: Reply['state'], first: unknown, second: unknown): Reply {
  switch (state) {
    case 'acquired':
      return { state, fence: Number(text(first)), attempt: Number(text(second)) };
    case 'record':
      // Text would mean that the response has been decoded on its way, and is not the same bytes any more.
      if (!(first instanceof Uint8Array)) throw unexpected(script);
      return { state, record: decodeRecord(first, Number(text(second))) };
    case 'held':
    case 'completed':
    case 'released':
    case 'lost':
      return { state };
    default:
      throw unexpected(script, state satisfies never);
  }
}

const text = (value: unknown): string =>
  value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : String(value);

function unreadable(why: string): RecordUnreadableError {
  if (why === 'type') return new RecordUnreadableError('The key of a record holds another Redis type.');
  if (why === 'corrupt')
    return new RecordUnreadableError('The key of a record holds something else, or a damaged record.');
  return new RecordUnreadableError(
    `A record has format ${why}; this version of the library reads version ${RECORD_FORMAT.slice(1)}.`,
  );
}

const unexpected = (script: RedisScript, _never?: never): StoreUnavailableError =>
  new StoreUnavailableError(`The Redis client gave a reply to ${script.name} that the script does not give.`);
