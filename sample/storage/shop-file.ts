import type { SqliteDatabase } from './open-sqlite.js';

/** A value that SQLite can bind. */
export type Value = string | number | null;

/** The shop's tables: one file, which several processes of one machine may have open. What is written is on the disk. */
export class ShopFile {
  constructor(private readonly database: SqliteDatabase) {
    // Others may be writing: wait for them, up to 5 s.
    database.exec('PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
  }

  /** Makes tables that are not there yet. */
  define(schema: string): void {
    this.database.exec(schema);
  }

  /** Rows of a statement, also of one that writes and says `RETURNING`. */
  rows<Row>(sql: string, ...values: readonly Value[]): Row[] {
    return this.database.prepare(sql).all(...(values as never[])) as Row[];
  }

  /** Runs statements as one: all of them or, when `work` throws, none. */
  atomically<T>(work: () => T): T {
    this.database.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.database.exec('COMMIT');
      return result;
    } catch (error) {
      this.database.exec('ROLLBACK');
      throw error;
    }
  }
}
