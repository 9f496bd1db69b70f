import { setTimeout as sleep } from 'node:timers/promises';
import { StoreUnavailableError } from '../../errors/store-unavailable.error.js';
import type { RecordQuery, RemoveResult } from '../idempotency-store.js';
import { newCall } from '../sql/new-call.js';
import type { Change } from '../sql/changes.js';
import { checkFormat, isOver, readRow, type RawRow, type Row } from '../sql/row.js';
import type { Changed, SqlEngine } from '../sql/sql-engine.js';
import type { Parameters, Statement } from '../sql/statement.js';
import type { PostgresClient } from './postgres-client.js';
import { isRetryable, unavailable } from './postgres-errors.js';
import type { PostgresSql } from './postgres-sql.js';

/** How often a statement is sent that lost against others under a stricter isolation than READ COMMITTED. */
const TRIES = 6;

/** Runs the statements of a store on a client. Within a transaction of the user's, none is tried again: it is over. */
export class PostgresEngine implements SqlEngine {
  constructor(
    private readonly sql: PostgresSql,
    private readonly client: PostgresClient,
    private readonly withinTransaction = false,
  ) {}

  async acquire(claim: Parameters): Promise<{ row: Row; done: boolean }> {
    const [raw] = await this.run('acquire', this.sql.acquire(), { ...claim, call: newCall() });
    // A row that was there, and was deleted before it could be locked, is inserted: there is always one.
    if (!raw) throw new StoreUnavailableError('Postgres could not acquire: it answered nothing.');
    return { row: readRow(raw), done: Number(raw.done) === 1 };
  }

  async change(change: Change, parameters: Parameters): Promise<Changed> {
    const [raw] = await this.run(change.name, this.sql.change(change), parameters);
    if (!raw) return { done: false };
    const done = Number(raw.done) > 0;
    const row = readRow(raw);
    return isOver(row) ? { done } : { done, row };
  }

  async look(id: string): Promise<Row | undefined> {
    const [raw] = await this.run('look', this.sql.look(), { id });
    const row = raw && readRow(raw);
    return row && !isOver(row) ? row : undefined;
  }

  async list(query: RecordQuery, parameters: Parameters): Promise<readonly Row[]> {
    return (await this.run('list', this.sql.list(query), parameters)).map(readRow);
  }

  async remove(id: string): Promise<RemoveResult> {
    const [raw] = await this.run('remove', this.sql.remove(), { id });
    if (raw) checkFormat(raw);
    return (raw?.answer as RemoveResult | undefined) ?? 'absent';
  }

  /** Rows that `statement` removed or emptied. */
  async purge(statement: Statement, batch: number): Promise<number> {
    const [raw] = await this.run('purge', statement, { batch });
    return Number(raw?.count ?? 0);
  }

  private async run(action: string, statement: Statement, parameters: Parameters): Promise<RawRow[]> {
    const values = statement.values(parameters);
    for (let tries = 1; ; tries++) {
      try {
        const { rows } = await this.client.query(statement.text, values);
        return rows as RawRow[];
      } catch (error) {
        if (this.withinTransaction || !isRetryable(error) || tries >= TRIES) throw unavailable(action, error);
        await sleep(Math.random() * 5 * 2 ** tries);
      }
    }
  }
}
