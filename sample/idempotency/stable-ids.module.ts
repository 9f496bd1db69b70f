import { Module } from '@nestjs/common';
import { repositoryProvider } from '../storage/repository.provider.js';
import { MemoryReferences } from './memory.references.js';
import { RedisReferences } from './redis.references.js';
import { References } from './references.js';
import { StableIds } from './stable-ids.js';

@Module({
  providers: [StableIds, repositoryProvider(References, MemoryReferences, RedisReferences)],
  exports: [StableIds],
})
export class StableIdsModule {}
