import { Module } from '@nestjs/common';
import { repositoryProvider } from '../storage/repository.provider.js';
import { MailsController } from './mails.controller.js';
import { Mails } from './mails.js';
import { MemoryMails } from './memory.mails.js';
import { PostgresMails } from './postgres.mails.js';
import { RedisMails } from './redis.mails.js';
import { SqliteMails } from './sqlite.mails.js';

@Module({
  controllers: [MailsController],
  providers: [
    repositoryProvider(Mails, {
      memory: MemoryMails,
      sqlite: SqliteMails,
      redis: RedisMails,
      postgres: PostgresMails,
    }),
  ],
  exports: [Mails],
})
export class MailsModule {}
