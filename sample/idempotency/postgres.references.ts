import type { ShopDatabase } from '../storage/shop-database.js';
import { References } from './references.js';

export class PostgresReferences extends References {
  constructor(private readonly database: ShopDatabase) {
    super();
  }

  override async keep(reference: string, id: string, ttl: number): Promise<string> {
    // Those that others are at are left to them: nobody waits here.
    await this.database.rows(
      `DELETE FROM shop.request_ids WHERE reference IN (
         SELECT reference FROM shop.request_ids WHERE ends <= now() LIMIT 100 FOR UPDATE SKIP LOCKED)`,
    );
    const [row] = await this.database.rows<{ id: string }>(
      `INSERT INTO shop.request_ids AS known (reference, id, ends)
       VALUES ($1, $2, now() + $3 * interval '1 millisecond')
       ON CONFLICT (reference) DO UPDATE SET id = known.id RETURNING id`,
      ...[reference, id, ttl],
    );
    return row?.id ?? id;
  }
}
