import type { RecordPage, RecordQuery, RecordState } from '../idempotency-store.js';
import { describeEntry } from './describe-row.js';
import { over, ROW_FORMAT, stateOf, view } from './record-sql.js';
import type { Row } from './row.js';
import { micros, type Parameters } from './statement.js';

const OPEN: readonly RecordState[] = ['in-progress', 'uncertain'];

/** A page of `table` as row `r`, at the time `now`. Ids are compared byte by byte. */
export function listSql(table: string, now: string, query: RecordQuery): string {
  const { states, scopes, idPrefix, runningFor, cursor } = query;
  const tests = [`r.format = ${ROW_FORMAT}`, `NOT ${over('r', now)}`];
  if (cursor !== undefined) tests.push('r.id > :after');
  if (idPrefix) tests.push('r.id >= :prefix AND r.id < :beyond');
  if (scopes) tests.push(isOneOf('r.scope', 'scope', scopes.length));
  if (states) tests.push(isOneOf(`(${stateOf('r', now)})`, 'state', states.length));
  // Said of its own, so that the small index of what is under way serves.
  if (runningFor !== undefined || states?.every((state) => OPEN.includes(state))) {
    tests.push(`r.phase = 'open'`);
  }
  if (runningFor !== undefined) tests.push(`${now} - r.taken >= :running`);
  return `SELECT ${view('r', now, false)} FROM ${table} AS r WHERE ${tests.join(' AND ')} ORDER BY r.id LIMIT :limit`;
}

/** @throws TypeError when the cursor is not the `next` of a page */
export function listParameters(query: RecordQuery): Parameters {
  const { states = [], scopes = [], idPrefix = '', runningFor = 0, limit, cursor = '' } = query;
  if (query.cursor !== undefined && !/^[A-Za-z0-9_-]{1,64}$/.test(cursor)) {
    throw new TypeError('This cursor is not the `next` of a page.');
  }
  return {
    ...Object.fromEntries(states.map((state, i) => [`state${i}`, state])),
    ...Object.fromEntries(scopes.map((scope, i) => [`scope${i}`, scope])),
    ...{ after: cursor, prefix: idPrefix, beyond: `${idPrefix.slice(0, -1)}${nextOf(idPrefix)}` },
    ...{ running: micros(runningFor), limit: limit + 1 },
  };
}

export function pageOf({ limit }: RecordQuery, rows: readonly Row[]): RecordPage {
  const records = rows.slice(0, limit).map(describeEntry);
  const last = records.at(-1);
  return rows.length > limit && last ? { records, next: last.id } : { records };
}

const nextOf = (text: string): string => String.fromCharCode((text.charCodeAt(text.length - 1) || 0) + 1);

const isOneOf = (what: string, name: string, count: number): string =>
  count === 0
    ? '1 = 0'
    : `${what} IN (${Array.from({ length: count }, (_, i) => `:${name}${i}`).join(', ')})`;
