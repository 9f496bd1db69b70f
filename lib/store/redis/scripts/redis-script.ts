import { createHash } from 'node:crypto';
import type { Reply } from '../replies.js';

/** A Lua script, the name under which Redis caches it, and what it may answer. */
export interface RedisScript<State extends Reply['state'] = Reply['state']> {
  /** What it does, as a verb for messages. */
  readonly name: string;
  readonly source: string;
  /** SHA-1 of `source`, in hex: the argument of EVALSHA. */
  readonly sha: string;
  readonly replies: readonly State[];
}

/** Makes a script; `replies` are all states it may answer. */
export function redisScript<const State extends Reply['state']>(
  name: string,
  replies: readonly State[],
  source: string,
): RedisScript<State> {
  return { name, replies, source, sha: createHash('sha1').update(source).digest('hex') };
}
