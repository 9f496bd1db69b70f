import type { Mail } from './mail.js';

/** Stands in for a mail service that knows idempotency keys. */
export abstract class Mails {
  /** Sends a mail, unless one was sent with this key. */
  abstract send(mail: Mail, idempotencyKey: string): Promise<void>;

  /** What a user got, oldest first. */
  abstract list(userId: string): Promise<Mail[]>;
}
