import { Controller, Get } from '@nestjs/common';
import { CurrentUser } from '../auth/current-user.decorator.js';
import type { User } from '../auth/user.js';
import type { Mail } from './mail.js';
import { Mails } from './mails.js';

/** What the shop has written to the caller. */
@Controller('mails')
export class MailsController {
  constructor(private readonly mails: Mails) {}

  @Get()
  list(@CurrentUser() user: User): Promise<Mail[]> {
    return this.mails.list(user.id);
  }
}
