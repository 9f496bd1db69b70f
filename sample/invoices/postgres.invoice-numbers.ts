import type { ShopDatabase } from '../storage/shop-database.js';
import { InvoiceNumbers } from './invoice-numbers.js';

/** Not a sequence: its numbers are lost with a transaction that is rolled back. */
export class PostgresInvoiceNumbers extends InvoiceNumbers {
  constructor(private readonly database: ShopDatabase) {
    super();
  }

  override async next(): Promise<number> {
    const [row] = await this.database.rows<{ number: number }>(
      `INSERT INTO shop.last_invoice AS last (one, number) VALUES (1, 1)
       ON CONFLICT (one) DO UPDATE SET number = last.number + 1 RETURNING number`,
    );
    return row!.number;
  }
}
