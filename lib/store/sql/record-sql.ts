/**
 * What a row means, in SQL that Postgres and SQLite both understand. `row` is the alias of the table, or of a query with
 * its columns, and `now` the present in µs: one value for a whole statement, or two parts of it might disagree.
 */

/** Format of the rows that this version writes, and the only one that it reads. */
export const ROW_FORMAT = 1;

/** All columns; `migrations.ts` of each store says what they are. */
export const COLUMNS = [
  ...['id', 'format', 'phase', 'fingerprint', 'scope', 'operation', 'token', 'call_id', 'strict', 'fence'],
  ...['attempt', 'taken', 'lease_ends', 'keep', 'ends', 'awaited', 'response', 'response_ends', 'checksum'],
  ...['note', 'effects'],
] as const;

type Column = (typeof COLUMNS)[number];

/** Not there any more, though nobody has removed it yet. A row without an end is never over. */
export const over = (row: string, now: string): string =>
  `(COALESCE(${row}.ends <= ${now}, FALSE) AND (${row}.phase <> 'open' OR ${row}.lease_ends <= ${now}))`;

/** Whether the claim gets the lease of the row that stands there. */
export const free = (row: string, now: string): string =>
  `(${row}.format = ${ROW_FORMAT} AND (${over(row, now)} OR ${row}.phase = 'not-applied'
    OR (${row}.phase = 'open' AND ${row}.lease_ends <= ${now} AND ${row}.strict = 0 AND :strict = 0
      AND ${row}.fingerprint = :fingerprint)))`;

/** Whether the claim waits for the row, and it does not say so yet. */
export const unflagged = (row: string, now: string): string =>
  `(:waiting = 1 AND ${row}.awaited = 0 AND ${row}.format = ${ROW_FORMAT} AND ${row}.phase = 'open'
    AND NOT ${over(row, now)} AND NOT (${row}.lease_ends <= ${now} AND (${row}.strict = 1 OR :strict = 1)))`;

/** Whether an attempt may still write the row; `owner` says which. */
export const owned = (row: string, now: string, owner: 'fence' | 'token' = 'fence'): string =>
  `(${row}.format = ${ROW_FORMAT} AND ${row}.phase = 'open' AND ${row}.${owner} = :${owner} AND NOT ${over(row, now)})`;

/** Whether the attempt that `:fence` names is uncertain. */
export const uncertain = (row: string, now: string): string =>
  `(${owned(row, now)} AND ${row}.strict = 1 AND ${row}.lease_ends <= ${now})`;

/** Whether an attempt has the lease. What cannot be read may be running. */
export const running = (row: string, now: string): string =>
  `(${row}.format <> ${ROW_FORMAT} OR (${row}.phase = 'open' AND ${row}.lease_ends > ${now}))`;

/** Whether the row may be deleted: never while it is live, nor while nobody knows what happened. */
export const deletable = (row: string, now: string): string =>
  `(${row}.ends <= ${now} AND ${row}.format = ${ROW_FORMAT} AND (${row}.phase <> 'open' OR (${row}.lease_ends <= ${now} AND ${row}.strict = 0)))`;

/** The state, as `RecordState` names it. */
export const stateOf = (row: string, now: string): string =>
  `CASE WHEN ${row}.phase = 'completed' AND ${row}.response_ends <= ${now} THEN 'expired'
    WHEN ${row}.phase = 'open' AND ${row}.strict = 1 AND ${row}.lease_ends <= ${now} THEN 'uncertain'
    WHEN ${row}.phase = 'open' THEN 'in-progress' ELSE ${row}.phase END`;

/**
 * What is told of a row: `Row`. Times become what is left of them, on the database's clock. Names are of one word: drivers can
 * be set up to change those of several.
 */
export const view = (row: string, now: string, withResponse: boolean): string =>
  [
    ...[
      'id',
      'format',
      'phase',
      'fingerprint',
      'scope',
      'operation',
      'strict',
      'fence',
      'attempt',
      'checksum',
    ],
    'note',
  ]
    .map((column) => `${row}.${column} AS ${column}`)
    .concat([
      // As text: what a driver makes of JSON can be set up, and may rename its members.
      `CAST(${row}.effects AS text) AS effects`,
      `${now} - ${row}.taken AS running`,
      // A statement that had to wait for a lock began before the lease that it tells of.
      `${row}.lease_ends - CASE WHEN ${row}.taken > ${now} THEN ${row}.taken ELSE ${now} END AS leaseleft`,
      `${row}.ends - ${now} AS endsleft`,
      `${row}.response_ends - ${now} AS responseleft`,
      `${withResponse ? `${row}.response` : 'NULL'} AS response`,
    ])
    .join(', ');

/** A new record: what each column of it is. */
export function newRecord(now: string, nextFence: string): Record<Column, string> {
  return {
    id: ':id',
    format: `${ROW_FORMAT}`,
    phase: `'open'`,
    fingerprint: ':fingerprint',
    scope: ':scope',
    operation: ':operation',
    token: ':token',
    call_id: ':call',
    strict: ':strict',
    fence: nextFence,
    attempt: '1',
    taken: now,
    lease_ends: `${now} + :lease`,
    keep: ':keep',
    ends: `CASE WHEN :strict = 1 THEN NULL ELSE ${now} + :keep END`,
    awaited: '0',
    response: 'NULL',
    response_ends: 'NULL',
    checksum: 'NULL',
    note: 'NULL',
    effects: 'NULL',
  };
}

/**
 * `SET` of a claim that meets the row `r`: takes it if it is free; else all stays, but for the mark that somebody
 * waits. The row is locked by then: of two claims at once the second finds what the first one wrote.
 */
export function takeover(nextFence: string): string {
  // The same for the whole statement.
  const now = 'excluded.taken';
  const began = over('r', now);
  const taken: Partial<Record<Column, string>> = {
    fence: nextFence,
    attempt: `CASE WHEN ${began} THEN 1 ELSE r.attempt + 1 END`,
    note: `CASE WHEN ${began} THEN NULL ELSE r.note END`,
    effects: `CASE WHEN ${began} OR r.phase <> 'open' THEN NULL ELSE r.effects END`,
    awaited: `CASE WHEN ${began} THEN 0 ELSE r.awaited END`,
  };
  const kept: Partial<Record<Column, string>> = {
    awaited: `CASE WHEN ${unflagged('r', now)} THEN 1 ELSE r.awaited END`,
  };
  return COLUMNS.filter((column) => column !== 'id' && column !== 'format')
    .map((column) => {
      const [then, otherwise] = [taken[column] ?? `excluded.${column}`, kept[column] ?? `r.${column}`];
      return `${column} = CASE WHEN ${free('r', now)} THEN ${then} ELSE ${otherwise} END`;
    })
    .join(',\n    ');
}
