import { Module } from '@nestjs/common';
import { CrashPoints } from '../demo-faults/crash-points.js';
import { repositoryProvider } from '../storage/repository.provider.js';
import { MemoryReferences } from './memory.references.js';
import { PostgresReferences } from './postgres.references.js';
import { RedisReferences } from './redis.references.js';
import { References } from './references.js';
import { StableIds } from './stable-ids.js';
import { Steps } from './steps.js';
import { SqliteReferences } from './sqlite.references.js';

@Module({
  providers: [
    StableIds,
    Steps,
    CrashPoints,
    repositoryProvider(References, {
      memory: MemoryReferences,
      sqlite: SqliteReferences,
      redis: RedisReferences,
      postgres: PostgresReferences,
    }),
  ],
  exports: [StableIds, Steps, CrashPoints],
})
export class StableIdsModule {}
