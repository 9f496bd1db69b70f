import { RecordUnreadableError } from '../../errors/record-unreadable.error.js';
import { StoreUnavailableError } from '../../errors/store-unavailable.error.js';
import type { Acquired, StandingRecord } from '../idempotency-store.js';
import { decodeEffects } from './effects.js';
import { decodeRecord } from './record.js';
import { RECORD_FORMAT } from './scripts/record.js';
import type { RedisScript } from './scripts/redis-script.js';

/** What a script answers. */
export type Reply =
  | Acquired
  | { readonly state: 'record'; readonly record: StandingRecord }
  /** `now` is the server's time in µs, `left` ms to live, less than 0 for ever. */
  | { readonly state: 'entry'; readonly value: Uint8Array; readonly now: number; readonly left: number }
  | Told<
      'held' | 'recorded' | 'completed' | 'released' | 'resolved' | 'removed' | 'running' | 'absent' | 'lost'
    >;

/** A word says it all. */
type Told<Word extends string> = Word extends string ? { readonly state: Word } : never;

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
  const [word, ...rest] = Array.isArray(reply) ? (reply as unknown[]) : [];
  const state = text(word);
  if (state === 'unreadable') throw unreadable(text(rest[0]));
  if (!script.replies.includes(state as State)) throw unexpected(script);
  return decode(script, state as State, rest) as Extract<Reply, { state: State }>;
}

function decode(script: RedisScript, state: Reply['state'], [first, second, third]: unknown[]): Reply {
  switch (state) {
    case 'acquired':
      return acquired(script, [first, second, third]);
    case 'record':
      return { state, record: decodeRecord(bytes(script, first), number(second)) };
    case 'entry':
      return { state, value: bytes(script, first), now: number(second), left: number(third) };
    default:
      return { state };
  }
}

function acquired(script: RedisScript, [fence, attempt, effects]: unknown[]): Acquired {
  const reply = { state: 'acquired', fence: number(fence), attempt: number(attempt) } as const;
  // Clients that turn Lua's nil into null are no reason to look for effects.
  if (effects === undefined || effects === null) return reply;
  return { ...reply, effects: decodeEffects(bytes(script, effects)) };
}

/** Text as bytes or text: clients differ. */
export const text = (value: unknown): string =>
  value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : String(value);

const number = (value: unknown): number => Number(text(value));

/** Text would mean that a response has been decoded on its way, and is not the same bytes any more. */
function bytes(script: RedisScript, value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw unexpected(script);
}

function unreadable(why: string): RecordUnreadableError {
  if (why === 'type') return new RecordUnreadableError('The key of a record holds another Redis type.');
  if (why === 'corrupt')
    return new RecordUnreadableError('The key of a record holds something else, or a damaged record.');
  return new RecordUnreadableError(
    `A record has format ${why}; this version of the library reads version ${RECORD_FORMAT.slice(1)}.`,
  );
}

const unexpected = (script: RedisScript): StoreUnavailableError =>
  new StoreUnavailableError(`The Redis client gave a reply to ${script.name} that the script does not give.`);
