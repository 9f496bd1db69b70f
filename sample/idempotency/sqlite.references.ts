import type { ShopFile } from '../storage/shop-file.js';
import { References } from './references.js';

const SCHEMA = `
CREATE TABLE IF NOT EXISTS request_ids (reference TEXT PRIMARY KEY, id TEXT NOT NULL, ends INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS request_ids_ends ON request_ids (ends);`;

export class SqliteReferences extends References {
  constructor(private readonly file: ShopFile) {
    super();
    file.define(SCHEMA);
  }

  override async keep(reference: string, id: string, ttl: number): Promise<string> {
    const now = Date.now();
    return this.file.atomically(() => {
      this.file.rows('DELETE FROM request_ids WHERE ends <= ? RETURNING reference', now);
      const [row] = this.file.rows<{ id: string }>(
        `INSERT INTO request_ids (reference, id, ends) VALUES (?, ?, ?)
         ON CONFLICT (reference) DO UPDATE SET id = id RETURNING id`,
        reference,
        id,
        now + ttl,
      );
      return row?.id ?? id;
    });
  }
}
