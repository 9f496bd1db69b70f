import type { Mail } from './mail.js';
import { Mails } from './mails.js';

export class MemoryMails extends Mails {
  private readonly sent = new Map<string, Mail>();

  override async send(mail: Mail, idempotencyKey: string): Promise<void> {
    if (!this.sent.has(idempotencyKey)) this.sent.set(idempotencyKey, mail);
  }

  override async list(userId: string): Promise<Mail[]> {
    return [...this.sent.values()].filter(({ to }) => to === userId);
  }
}
