import { REPLAY_CACHE_RANGES } from '../replay-cache.options.js';
import { by, grouped } from './validators.js';

const { maxBytes, ttl } = REPLAY_CACHE_RANGES;
const RANGES = new Map<string, readonly [min: number, max: number]>(Object.entries(REPLAY_CACHE_RANGES));

const WANTED =
  `true, false, or an object with maxBytes (a whole number of bytes from ${grouped(maxBytes[0])} to ${grouped(maxBytes[1])}) ` +
  `and ttl (a whole number of milliseconds from ${grouped(ttl[0])} to ${grouped(ttl[1])})`;

/** Whether the cache of replays is used, or its bounds, each of which may be left out. */
export const IsReplayCache = by(
  'isReplayCache',
  (value) => typeof value === 'boolean' || (isMap(value) && Object.entries(value).every(isBound)),
  (value) => {
    const wrong = isMap(value) ? Object.entries(value).filter((entry) => !isBound(entry)) : [];
    const members = wrong.map(([name, bound]) =>
      RANGES.has(name) ? `${name} is ${shown(bound)}` : `there is no "${name}"`,
    );
    return members.length > 0 ? `${WANTED}: ${members.join(', ')}` : WANTED;
  },
);

function isMap(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isBound([name, value]: [string, unknown]): boolean {
  const range = RANGES.get(name);
  if (!range || value === undefined) return range !== undefined;
  return Number.isInteger(value) && (value as number) >= range[0] && (value as number) <= range[1];
}

function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 60));
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : `of type ${typeof value}`;
}
