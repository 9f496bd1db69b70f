import type { RecordQuery } from '../idempotency-store.js';
import type { Change, Dialect } from '../sql/changes.js';
import { listSql } from '../sql/list.js';
import {
  COLUMNS,
  deletable,
  free,
  newRecord,
  over,
  running,
  takeover,
  unflagged,
  view,
} from '../sql/record-sql.js';
import { sqliteStatement, type Statement } from '../sql/statement.js';
import type { SqliteNames } from './sqlite-migrations.js';

/** The present in µs, of the machine's clock, as precise as SQLite has it; the same for a whole statement. */
const NOW = `(CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER) * 1000)`;

/** The statements of a store. Each is atomic by itself: SQLite has one writer at a time. */
export class SqliteSql {
  readonly dialect: Dialect;
  readonly acquire: Statement;
  /** Who stands there; `wanted` is 1 when a claim has something to write. */
  readonly standing: Statement;
  readonly look: Statement;
  /** `answer` is a `RemoveResult`; no row when nothing was removed. */
  readonly remove: Statement;
  readonly formatOf: Statement;
  /** A row for each that is over and was removed. */
  readonly sweep: Statement;
  /** A row for each tombstone that lost its response, and its note. */
  readonly empty: Statement;
  private readonly changes = new Map<Change, Statement>();

  constructor(private readonly names: SqliteNames) {
    const { table, fence } = names;
    const nextFence = `(SELECT value + 1 FROM ${fence})`;
    const path = `'$."' || :effect || '"'`;
    this.dialect = {
      nextFence,
      addEffect: (row) =>
        `json_set(COALESCE(${row}.effects, '{}'), ${path}, json_array(
          COALESCE(json_extract(${row}.effects, ${path} || '[0]'),
            (SELECT count(*) FROM json_each(COALESCE(${row}.effects, '{}')))), :result))`,
    };
    const record = newRecord(NOW, nextFence);
    this.acquire = sqliteStatement(`INSERT INTO ${table} AS r (${COLUMNS.join(', ')})
VALUES (${COLUMNS.map((column) => record[column]).join(', ')})
ON CONFLICT (id) DO UPDATE SET
    ${takeover(nextFence)}
RETURNING ${view(table, NOW, true)}, CASE WHEN ${table}.call_id = :call THEN 1 ELSE 0 END AS done`);
    this.standing = sqliteStatement(`SELECT ${view('r', NOW, true)},
CASE WHEN ${free('r', NOW)} OR ${unflagged('r', NOW)} THEN 1 ELSE 0 END AS wanted
FROM ${table} AS r WHERE r.id = :id`);
    this.look = sqliteStatement(`SELECT ${view('r', NOW, true)} FROM ${table} AS r WHERE r.id = :id`);
    this.formatOf = sqliteStatement(`SELECT r.format AS format FROM ${table} AS r WHERE r.id = :id`);
    this.remove = sqliteStatement(`DELETE FROM ${table} AS r WHERE r.id = :id AND NOT ${running('r', NOW)}
RETURNING CASE WHEN ${over(table, NOW)} THEN 'absent' ELSE 'removed' END AS answer`);
    this.sweep = sqliteStatement(`DELETE FROM ${table} WHERE id IN (
  SELECT r.id FROM ${table} AS r WHERE ${deletable('r', NOW)} ORDER BY r.ends LIMIT :batch) RETURNING 1 AS one`);
    this.empty =
      sqliteStatement(`UPDATE ${table} SET response = NULL, checksum = NULL, note = NULL WHERE id IN (
  SELECT r.id FROM ${table} AS r WHERE r.response IS NOT NULL AND r.response_ends <= ${NOW} LIMIT :batch)
RETURNING 1 AS one`);
  }

  /** Changes the row if it may: one row when it did. */
  change(change: Change): Statement {
    const known = this.changes.get(change) ?? sqliteStatement(this.changeSql(change));
    this.changes.set(change, known);
    return known;
  }

  list(query: RecordQuery): Statement {
    return sqliteStatement(listSql(this.names.table, NOW, query));
  }

  private changeSql({ when, set }: Change): string {
    const { table } = this.names;
    const write = set
      ? `UPDATE ${table} AS r SET ${set('r', NOW, this.dialect)}`
      : `DELETE FROM ${table} AS r`;
    return `${write} WHERE r.id = :id AND ${when('r', NOW)} RETURNING 1 AS done`;
  }
}
