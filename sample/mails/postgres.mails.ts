import type { ShopDatabase } from '../storage/shop-database.js';
import type { Mail } from './mail.js';
import { Mails } from './mails.js';

export class PostgresMails extends Mails {
  constructor(private readonly database: ShopDatabase) {
    super();
  }

  override async send({ to, subject }: Mail, idempotencyKey: string): Promise<void> {
    await this.database.rows(
      `INSERT INTO shop.mails (idempotency_key, user_id, subject) VALUES ($1, $2, $3)
       ON CONFLICT (idempotency_key) DO NOTHING`,
      ...[idempotencyKey, to, subject],
    );
  }

  override async list(userId: string): Promise<Mail[]> {
    const sql = 'SELECT user_id AS "to", subject FROM shop.mails WHERE user_id = $1 ORDER BY number';
    return this.database.rows<Mail>(sql, userId);
  }
}
