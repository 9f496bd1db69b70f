import { ANNOUNCE, READ_RECORD } from './record.js';
import { redisScript } from './redis-script.js';

/** Finishes a record with its response. */
export const COMPLETE = redisScript(
  'complete',
  ['completed', 'record', 'lost'],
  `-- Finishes a record with its response, and tells those who wait for it.
-- KEYS[1]  the record
-- ARGV[1]  fence of the owner
-- ARGV[2]  response, bytes
-- ARGV[3]  CRC-32 of the response, hex
-- ARGV[4]  retention of the response, ms
-- ARGV[5]  channel of announcements
-- ARGV[6]  record id, to announce
-- Replies:
--   {'completed'}             done, now or earlier by the same fence
--   {'record', value, time}   lost to what stands there; server time in µs if it is in progress, else 0
--   {'lost'}                  there is no record
--   {'unreadable', why}       'type', 'version <n>' or 'corrupt'; nothing was changed
${READ_RECORD}${ANNOUNCE}
local key = KEYS[1]
local fence, response, checksum, retention = tonumber(ARGV[1]), ARGV[2], ARGV[3], ARGV[4]
local channel, id = ARGV[5], ARGV[6]

local record, refusal = read(key)
if refusal then return refusal end
if not record then return {'lost'} end
if record.fence ~= fence then return {'record', record.value, record.completed and 0 or server_time()} end
if record.completed then return {'completed'} end

local header = string.format('i1 c %.0f %s %d %s\\n', record.fence, record.fingerprint, #response, checksum)
redis.call('SET', key, header .. response, 'PX', retention)
announce(record, channel, id)
return {'completed'}
`,
);
