/** A key may be from the future by this many ms: clocks differ. */
const TOLERANCE = 300_000;

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;
// Crockford's alphabet; the first character holds three bits.
const ULID = /^[0-7][0-9a-hjkmnp-tv-z]{25}$/i;
const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** When a key was made, in ms since 1970, if it says so: a UUID of version 7, or a ULID. */
export function timeOfKey(key: string): number | undefined {
  if (UUID_V7.test(key)) return Number.parseInt(key.slice(0, 8) + key.slice(9, 13), 16);
  if (!ULID.test(key)) return undefined;
  let time = 0;
  for (const character of key.slice(0, 10).toUpperCase()) time = time * 32 + CROCKFORD.indexOf(character);
  return time;
}

/**
 * What the time in a key says about it at `now`: whether it is older than `longest` ms, from a future that no clock
 * excuses, or fine. `timeless` when there is none.
 */
export function judgeAge(key: string, now: number, longest: number): 'fine' | 'old' | 'future' | 'timeless' {
  const made = timeOfKey(key);
  if (made === undefined) return 'timeless';
  if (made > now + TOLERANCE) return 'future';
  return now - made > longest ? 'old' : 'fine';
}
