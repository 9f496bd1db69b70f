import type { ShopFile } from '../storage/shop-file.js';
import { InvoiceNumbers } from './invoice-numbers.js';

const SCHEMA = `
CREATE TABLE IF NOT EXISTS last_invoice (one INTEGER PRIMARY KEY CHECK (one = 1), number INTEGER NOT NULL);`;

export class SqliteInvoiceNumbers extends InvoiceNumbers {
  constructor(private readonly file: ShopFile) {
    super();
    file.define(SCHEMA);
  }

  override async next(): Promise<number> {
    const [row] = this.file.rows<{ number: number }>(
      `INSERT INTO last_invoice (one, number) VALUES (1, 1)
       ON CONFLICT (one) DO UPDATE SET number = number + 1 RETURNING number`,
    );
    return row!.number;
  }
}
