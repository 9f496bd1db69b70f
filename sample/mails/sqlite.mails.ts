import type { ShopFile } from '../storage/shop-file.js';
import type { Mail } from './mail.js';
import { Mails } from './mails.js';

const SCHEMA = `
CREATE TABLE IF NOT EXISTS mails (
  number INTEGER PRIMARY KEY,
  idempotency_key TEXT NOT NULL UNIQUE,
  user_id TEXT NOT NULL,
  subject TEXT NOT NULL
);`;

export class SqliteMails extends Mails {
  constructor(private readonly file: ShopFile) {
    super();
    file.define(SCHEMA);
  }

  override async send({ to, subject }: Mail, idempotencyKey: string): Promise<void> {
    this.file.rows(
      `INSERT INTO mails (idempotency_key, user_id, subject) VALUES (?, ?, ?)
       ON CONFLICT (idempotency_key) DO NOTHING RETURNING number`,
      idempotencyKey,
      to,
      subject,
    );
  }

  override async list(userId: string): Promise<Mail[]> {
    const sql = 'SELECT user_id AS "to", subject FROM mails WHERE user_id = ? ORDER BY number';
    return this.file.rows<Mail>(sql, userId).map((row) => ({ ...row }));
  }
}
