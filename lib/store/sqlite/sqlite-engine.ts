import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { StoreUnavailableError } from '../../errors/store-unavailable.error.js';
import type { RecordQuery, RemoveResult } from '../idempotency-store.js';
import type { Change } from '../sql/changes.js';
import { newCall } from '../sql/new-call.js';
import { checkFormat, isOver, readRow, type RawRow, type Row } from '../sql/row.js';
import type { Changed, SqlEngine } from '../sql/sql-engine.js';
import type { Parameters, Statement } from '../sql/statement.js';
import { isBusy, unavailable } from './sqlite-errors.js';
import { isInTransaction, type SqliteHandle, type SqliteStatement } from './sqlite-handle.js';
import type { SqliteSql } from './sqlite-sql.js';

/** ms between two attempts at a database that another connection writes to, at most. */
const PAUSE = 20;

/**
 * Runs the statements of a store on a handle. A statement blocks the process while it runs; waiting for another
 * process does not. What is lost stays lost, so that the row may be read by a second statement when a change was refused.
 */
export class SqliteEngine implements SqlEngine {
  private readonly prepared = new WeakMap<Statement, SqliteStatement>();

  /** @param patience ms to wait for other connections; `undefined` within a transaction of the user's */
  constructor(
    private readonly sql: SqliteSql,
    private readonly handle: SqliteHandle,
    private readonly patience: number | undefined,
  ) {}

  async acquire(claim: Parameters): Promise<{ row: Row; done: boolean }> {
    const parameters = { ...claim, call: newCall() };
    // Readers wait for nobody: a replay is this one statement.
    const [standing] = await this.run('acquire', this.sql.standing, parameters);
    if (standing && Number(standing.wanted) === 0) return { row: readRow(standing), done: false };
    const [raw] = await this.run('acquire', this.sql.acquire, parameters);
    if (!raw) throw new StoreUnavailableError('SQLite could not acquire: it answered nothing.');
    return { row: readRow(raw), done: Number(raw.done) === 1 };
  }

  async change(change: Change, parameters: Parameters): Promise<Changed> {
    const changed = await this.run(change.name, this.sql.change(change), parameters);
    if (changed.length > 0) return { done: true };
    const [raw] = await this.run(change.name, this.sql.look, parameters);
    const row = raw && readRow(raw);
    return row && !isOver(row) ? { done: false, row } : { done: false };
  }

  async look(id: string): Promise<Row | undefined> {
    const [raw] = await this.run('look', this.sql.look, { id });
    const row = raw && readRow(raw);
    return row && !isOver(row) ? row : undefined;
  }

  async list(query: RecordQuery, parameters: Parameters): Promise<readonly Row[]> {
    return (await this.run('list', this.sql.list(query), parameters)).map(readRow);
  }

  async remove(id: string): Promise<RemoveResult> {
    const [removed] = await this.run('remove', this.sql.remove, { id });
    if (removed) return removed.answer as RemoveResult;
    const [standing] = await this.run('remove', this.sql.formatOf, { id });
    if (!standing) return 'absent';
    checkFormat(standing);
    return 'running';
  }

  /** Rows that `statement` removed or emptied. */
  async purge(statement: Statement, batch: number): Promise<number> {
    return (await this.run('purge', statement, { batch })).length;
  }

  /** Runs what may find the database busy until it does not, or `patience` is over. */
  async retry<Result>(action: string, attempt: () => Result): Promise<Result> {
    const { patience } = this;
    const deadline = performance.now() + (patience ?? 0);
    for (;;) {
      const open = patience !== undefined && isInTransaction(this.handle);
      try {
        if (!open) return attempt();
      } catch (error) {
        if (!isBusy(error) || patience === undefined || performance.now() >= deadline) {
          throw unavailable(action, error);
        }
      }
      if (open && performance.now() >= deadline) throw inTransaction(action);
      await sleep(Math.random() * PAUSE);
    }
  }

  private run(action: string, statement: Statement, parameters: Parameters): Promise<RawRow[]> {
    const values = statement.values(parameters) as never[];
    return this.retry(action, () => this.prepare(statement).all(...values) as RawRow[]);
  }

  private prepare(statement: Statement): SqliteStatement {
    const known = this.prepared.get(statement) ?? this.handle.prepare(statement.text);
    this.prepared.set(statement, known);
    return known;
  }
}

const inTransaction = (action: string): StoreUnavailableError =>
  new StoreUnavailableError(
    `SQLite could not ${action}: a transaction is open on the handle, of which it would be a part. ` +
      'Give the store a handle of its own, on the same file.',
  );
