import type { RecordQuery, RemoveResult } from '../idempotency-store.js';
import type { Change } from './changes.js';
import type { Row } from './row.js';
import type { Parameters } from './statement.js';

/** What a change came to. */
export interface Changed {
  readonly done: boolean;
  /** What stood there before; absent when nothing did. */
  readonly row?: Row;
}

/** A table of records in some database. Every method is atomic. */
export interface SqlEngine {
  /** `done` when the claim got the lease; `row` is what stands there after it. */
  acquire(claim: Parameters): Promise<{ readonly row: Row; readonly done: boolean }>;
  change(change: Change, parameters: Parameters): Promise<Changed>;
  look(id: string): Promise<Row | undefined>;
  /** The rows of one page, and one more where there is another page. */
  list(query: RecordQuery, parameters: Parameters): Promise<readonly Row[]>;
  remove(id: string): Promise<RemoveResult>;
}
