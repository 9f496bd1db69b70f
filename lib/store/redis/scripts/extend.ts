import { HELD, READ_RECORD, WRITE_RECORD } from './record.js';
import { redisScript } from './redis-script.js';

/** Renews the lease of a record. */
export const EXTEND = redisScript(
  'extend',
  ['held', 'lost'],
  `-- Renews the lease of a record, also one that has lapsed and was not taken over.
-- KEYS[1]  the record
-- ARGV[1]  fence of the owner
-- ARGV[2]  lease, ms from now
-- ARGV[3]  time to keep the record, ms from now; not heeded where the record has no time to live
-- Replies:
--   {'held'}              the lease is renewed
--   {'lost'}              the record is gone, finished, resolved, or owned by another fence; nothing was changed
--   {'unreadable', why}   'type', 'version <n>' or 'corrupt'; nothing was changed
${READ_RECORD}${HELD}${WRITE_RECORD}
local key = KEYS[1]
local fence, lease, keep = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3]

local record, refusal = read(redis.pcall('GET', key))
if refusal then return refusal end
if not record or not held(record, fence) then return {'lost'} end

record.lease_end = server_time() + lease * 1000
write(key, record, keep)
return {'held'}
`,
);
