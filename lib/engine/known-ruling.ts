import type { Enquiry, Ruling } from './engine.js';
import type { ReplayCache } from './replay-cache.js';

/** What is known of a request without asking the store; nothing when that has to be asked. */
export function knownRuling(replays: ReplayCache, { id, fingerprint, verify }: Enquiry): Ruling | undefined {
  const known = replays.find(id);
  if (!known) return undefined;
  const verdict = known.fingerprint === fingerprint ? 'same' : verify(known.fingerprint);
  if (verdict === 'different') return { kind: 'mismatch' };
  // What cannot be compared is for the store to say.
  if (verdict === 'unknown') return undefined;
  // A copy: what somebody does to an answer on its way is not done to those of others.
  return { kind: 'replay', response: new Uint8Array(known.response) };
}
