import { owned, uncertain } from './record-sql.js';

/** One change of a row: when it may be made, and what it sets. `row` and `now` as in `record-sql.ts`. */
export interface Change {
  /** For messages: a verb. */
  readonly name: string;
  when(row: string, now: string): string;
  /** Absent: the row is deleted. */
  set?(row: string, now: string, dialect: Dialect): string;
  /** Who waits for the row is told. */
  readonly settles: boolean;
  /** What stands there instead is told with its response. */
  readonly tellsResponse: boolean;
}

/** Where the databases differ. */
export interface Dialect {
  /** A fence that was never used, nor will be. */
  readonly nextFence: string;
  /** The effects of `row` with `:effect` added or replaced; `:result` is base64, or NULL where only marked. */
  addEffect(row: string): string;
}

const quiet = { settles: false, tellsResponse: false };
const settling = { settles: true, tellsResponse: false };

export const EXTEND: Change = {
  ...quiet,
  name: 'extend',
  when: owned,
  set: (row, now) =>
    `lease_ends = ${now} + :lease, keep = :keep,
    ends = CASE WHEN ${row}.strict = 1 THEN NULL ELSE ${now} + :keep END`,
};

/** What a finished record is. Its end is the tombstone's. */
const finished = (now: string): string =>
  `phase = 'completed', response = :response, checksum = :checksum, response_ends = ${now} + :retention,
    ends = ${now} + :retention + :tombstone, awaited = 0, effects = NULL, token = '', operation = ''`;

export const COMPLETE: Change = {
  settles: true,
  tellsResponse: true,
  name: 'complete',
  when: owned,
  set: (_row, now) => finished(now),
};

export const RELEASE_NOTHING: Change = { ...settling, name: 'release', when: owned };
export const RELEASE_TOKEN_NOTHING: Change = {
  ...settling,
  name: 'release',
  when: (row, now) => owned(row, now, 'token'),
};

const lapse = (row: string, now: string): string =>
  `lease_ends = CASE WHEN ${row}.lease_ends < ${now} THEN ${row}.lease_ends ELSE ${now} END`;

export const RELEASE_UNKNOWN: Change = { ...settling, name: 'release', when: owned, set: lapse };
export const RELEASE_TOKEN_UNKNOWN: Change = { ...RELEASE_TOKEN_NOTHING, set: lapse };

export const RESOLVE_COMPLETED: Change = {
  ...COMPLETE,
  name: 'resolve',
  when: uncertain,
  set: (_row, now, { nextFence }) => `${finished(now)}, fence = ${nextFence}, note = :note`,
};

export const RESOLVE_NOT_APPLIED: Change = {
  ...RESOLVE_COMPLETED,
  set: (_row, now, { nextFence }) =>
    `phase = 'not-applied', fence = ${nextFence}, note = :note, ends = ${now} + :keep, awaited = 0,
    effects = NULL, token = ''`,
};

export const RECORD_EFFECT: Change = {
  ...quiet,
  name: 'record an effect',
  when: owned,
  set: (row, now, { addEffect }) =>
    `effects = ${addEffect(row)}, strict = :strict,
    ends = CASE WHEN :strict = 1 THEN NULL ELSE ${now} + ${row}.keep END`,
};
