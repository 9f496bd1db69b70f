import { StoreUnavailableError } from '../../errors/store-unavailable.error.js';
import type { Acquired, StandingRecord } from '../idempotency-store.js';
import { textOf } from './bytes.js';
import { decodeEffects } from './effects.js';
import { decodeRecord, decodeTold, unreadable } from './record.js';
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

const LETTER_I = 0x69;
const DIGITS = /^\d+$/;

/**
 * Reads the reply of `script`: an array that opens with a word, or, from a short way, a word, a fence or a record alone.
 * Numbers may come as text, words as bytes: clients differ, and their users choose.
 *
 * @throws RecordUnreadableError when there is something that is not understood
 * @throws StoreUnavailableError when this is no reply of that script
 */
export function decodeReply<State extends Reply['state']>(
  script: RedisScript<State>,
  reply: unknown,
): Extract<Reply, { state: State }> {
  const decoded = Array.isArray(reply) ? decode(script, reply as unknown[]) : decodeBare(script, reply);
  return decoded as Extract<Reply, { state: State }>;
}

function decodeBare(script: RedisScript, reply: unknown): Reply {
  // No word begins with it, and every record does: `i1 `.
  if (reply instanceof Uint8Array && reply[0] === LETTER_I) {
    return { state: checked(script, 'record'), record: decodeTold(reply) };
  }
  const word = text(reply);
  if (DIGITS.test(word)) return { state: checked(script, 'acquired'), fence: Number(word), attempt: 1 };
  return decode(script, [word]);
}

function decode(script: RedisScript, [word, first, second, third]: unknown[]): Reply {
  const state = text(word);
  if (state === 'unreadable') throw unreadable(text(first));
  switch (checked(script, state)) {
    case 'acquired':
      return acquired(script, first, second, third);
    case 'record':
      return { state: 'record', record: decodeRecord(bytes(script, first), number(second)) };
    case 'entry':
      return { state: 'entry', value: bytes(script, first), now: number(second), left: number(third) };
    default:
      return { state } as Reply;
  }
}

function acquired(script: RedisScript, fence: unknown, attempt: unknown, effects: unknown): Acquired {
  const reply = { state: 'acquired', fence: number(fence), attempt: number(attempt) } as const;
  // Clients that turn Lua's nil into null are no reason to look for effects.
  if (effects === undefined || effects === null) return reply;
  return { ...reply, effects: decodeEffects(bytes(script, effects)) };
}

/** Text as bytes or text: clients differ. */
export const text = (value: unknown): string => (value instanceof Uint8Array ? textOf(value) : String(value));

const number = (value: unknown): number => Number(text(value));

/** Text would mean that a response has been decoded on its way, and is not the same bytes any more. */
function bytes(script: RedisScript, value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw unexpected(script);
}

/** The word, if the script may answer with it. */
function checked<Word extends string>(script: RedisScript, word: Word): Word {
  if ((script.replies as readonly string[]).includes(word)) return word;
  throw unexpected(script);
}

const unexpected = (script: RedisScript): StoreUnavailableError =>
  new StoreUnavailableError(`The Redis client gave a reply to ${script.name} that the script does not give.`);
