import { ANNOUNCE, FINISH, HELD, READ_RECORD, READ_TOMBSTONE } from './record.js';
import { redisScript } from './redis-script.js';

/** Finishes a record with its response. */
export const COMPLETE = redisScript(
  'complete',
  ['completed', 'record', 'lost'],
  `-- Finishes a record with its response, and tells those who wait for it.
-- KEYS[1]  the record
-- KEYS[2]  its tombstone
-- ARGV[1]  fence of the owner
-- ARGV[2]  response, bytes
-- ARGV[3]  CRC-32 of the response, hex
-- ARGV[4]  retention of the response, ms
-- ARGV[5]  retention of the tombstone after that, ms; 0 for none
-- ARGV[6]  channel of announcements
-- ARGV[7]  record id, to announce
-- Replies:
--   {'completed'}             done, now or earlier by the same fence
--   {'record', value, time}   lost to what stands there; server time in µs if it is in progress, else 0
--   {'lost'}                  there is no record
--   {'unreadable', why}       'type', 'version <n>' or 'corrupt'; nothing was changed
${READ_RECORD}${READ_TOMBSTONE}${HELD}${FINISH}${ANNOUNCE}
local fence = tonumber(ARGV[1])
local answer = {response = ARGV[2], checksum = ARGV[3], retention = ARGV[4], tombstone = ARGV[5]}
local channel, id = ARGV[6], ARGV[7]

local record, refusal = read(KEYS[1])
if refusal then return refusal end
if not record then
  local tombstone, refusal = read_tombstone(KEYS[2])
  if refusal then return refusal end
  return tombstone and {'record', tombstone, 0} or {'lost'}
end
if record.completed then
  return record.fence == fence and {'completed'} or {'record', record.value, 0}
end
if not held(record, fence) then return {'record', record.value, server_time()} end

finish(KEYS, record, answer)
announce(record, channel, id)
return {'completed'}
`,
);
