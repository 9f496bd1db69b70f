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
import { postgresStatement, type Statement } from '../sql/statement.js';
import type { PostgresNames } from './postgres-names.js';

/** The present in µs, whenever it is asked for, even within one statement. */
const CLOCK = 'CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint)';
/** The present in µs, as of the beginning of the statement: an index can be asked with it. */
const BEGINNING = 'CAST(extract(epoch FROM statement_timestamp()) * 1000000 AS bigint)';

/**
 * The statements of a store. Each is one round trip, right by itself under READ COMMITTED, and needs no session.
 *
 * What a part of a statement has locked, it sees as it is by then; everything else as it was when the statement began.
 * So a statement that changes a row first locks it, and decides and tells by what it locked.
 */
export class PostgresSql {
  readonly dialect: Dialect;
  private readonly statements = new Map<unknown, Statement>();

  constructor(private readonly names: PostgresNames) {
    this.dialect = {
      // A sequence is set back by a backup that is restored, and on a replica that gets none; a clock by who sets it.
      nextFence: `GREATEST(nextval('${names.sequence}'), ${CLOCK})`,
      addEffect: (row) =>
        `COALESCE(${row}.effects, '{}') || jsonb_build_object(:effect, jsonb_build_array(
          COALESCE(${row}.effects -> :effect -> 0,
            to_jsonb((SELECT count(*) FROM jsonb_object_keys(COALESCE(${row}.effects, '{}'))))), :result))`,
    };
  }

  /**
   * Reads what stands there, and is done if the claim may not have it: a replay writes nothing and locks nothing.
   * Else it inserts. Whoever was faster is met by ON CONFLICT, which locks and sees the winner's row, though it is newer
   * than the statement; that row is written as it is, so that RETURNING tells it. `done` is 1 for the one that got it.
   */
  acquire(): Statement {
    return this.statement('acquire', () => {
      const { table } = this.names;
      const { nextFence } = this.dialect;
      const record = newRecord('clock.now', nextFence);
      return `WITH clock AS MATERIALIZED (SELECT ${CLOCK} AS now),
standing AS MATERIALIZED (SELECT r.* FROM ${table} AS r WHERE r.id = :id),
written AS (
  INSERT INTO ${table} AS r (${COLUMNS.join(', ')})
  SELECT ${COLUMNS.map((column) => record[column]).join(', ')} FROM clock
  WHERE NOT EXISTS (
    SELECT FROM standing AS s WHERE NOT ${free('s', 'clock.now')} AND NOT ${unflagged('s', 'clock.now')})
  ON CONFLICT (id) DO UPDATE SET
    ${takeover(after('r', nextFence))}
  RETURNING r.*),
answer AS (SELECT * FROM written UNION ALL SELECT * FROM standing WHERE NOT EXISTS (SELECT FROM written))
SELECT ${view('a', 'clock.now', true)}, CASE WHEN a.call_id = :call THEN 1 ELSE 0 END AS done
FROM answer AS a, clock`;
    });
  }

  /** Locks the row, changes it if it may, and tells how it was before. `done` is 1 if it was changed. */
  change(change: Change): Statement {
    const { when, set, settles, tellsResponse } = change;
    return this.statement(change, () => {
      const { table, channel } = this.names;
      const dialect = { ...this.dialect, nextFence: after('s', this.dialect.nextFence) };
      const write = set
        ? `UPDATE ${table} AS r SET ${set('s', 's.now', dialect)} FROM seen AS s`
        : `DELETE FROM ${table} AS r USING seen AS s`;
      const told = `(SELECT count(pg_notify('${channel}', d.id)) FROM done AS d WHERE d.awaited = 1) AS told`;
      return `WITH ${LOCKED(table)},
done AS (${write} WHERE r.id = s.id AND ${when('s', 's.now')} RETURNING s.id, s.awaited)
SELECT ${view('s', 's.now', tellsResponse)}, (SELECT count(*) FROM done) AS done${settles ? `, ${told}` : ''}
FROM seen AS s`;
    });
  }

  look(): Statement {
    return this.statement(
      'look',
      () => `WITH clock AS MATERIALIZED (SELECT ${CLOCK} AS now)
SELECT ${view('r', 'clock.now', true)} FROM ${this.names.table} AS r, clock WHERE r.id = :id`,
    );
  }

  list(query: RecordQuery): Statement {
    return postgresStatement(listSql(this.names.table, BEGINNING, query));
  }

  /** `answer` is a `RemoveResult`; no row when there was none. */
  remove(): Statement {
    return this.statement(
      'remove',
      () => `WITH ${LOCKED(this.names.table)},
done AS (DELETE FROM ${this.names.table} AS r USING seen AS s
  WHERE r.id = s.id AND NOT ${running('s', 's.now')} RETURNING s.id)
SELECT s.format AS format, CASE WHEN NOT EXISTS (SELECT FROM done) THEN 'running'
  WHEN ${over('s', 's.now')} THEN 'absent' ELSE 'removed' END AS answer FROM seen AS s`,
    );
  }

  /** Removes what is over. What somebody else has locked is left for another time. */
  sweep(): Statement {
    const { table } = this.names;
    return this.statement(
      'sweep',
      () => `WITH doomed AS MATERIALIZED (
  SELECT r.id FROM ${table} AS r WHERE ${deletable('r', BEGINNING)}
  ORDER BY r.ends LIMIT :batch FOR UPDATE SKIP LOCKED),
gone AS (DELETE FROM ${table} AS r WHERE r.id = ANY (${DOOMED}) RETURNING 1)
SELECT count(*) AS count FROM gone`,
    );
  }

  /** Takes the response, and the note with it, from what has become a tombstone. */
  empty(): Statement {
    const { table } = this.names;
    return this.statement(
      'empty',
      () => `WITH doomed AS MATERIALIZED (
  SELECT r.id FROM ${table} AS r WHERE r.response IS NOT NULL AND r.response_ends <= ${BEGINNING}
  LIMIT :batch FOR UPDATE SKIP LOCKED),
emptied AS (UPDATE ${table} AS r SET response = NULL, checksum = NULL, note = NULL
  WHERE r.id = ANY (${DOOMED}) RETURNING 1)
SELECT count(*) AS count FROM emptied`,
    );
  }

  private statement(key: unknown, sql: () => string): Statement {
    const known = this.statements.get(key) ?? postgresStatement(sql());
    this.statements.set(key, known);
    return known;
  }
}

/** A fence that is greater than that of a row, whatever the clock says. */
const after = (row: string, fence: string): string => `GREATEST(${fence}, ${row}.fence + 1)`;

/** An array, and not a join: that might read the whole table for every batch. */
const DOOMED = 'ARRAY(SELECT d.id FROM doomed AS d)';

/** The row, locked, and the time at which it was. */
const LOCKED = (table: string): string =>
  `locked AS MATERIALIZED (SELECT r.* FROM ${table} AS r WHERE r.id = :id FOR UPDATE),
seen AS MATERIALIZED (SELECT l.*, ${CLOCK} AS now FROM locked AS l)`;
