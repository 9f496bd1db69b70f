import { READ_RECORD, WRITE_IN_PROGRESS } from './record.js';
import { redisScript } from './redis-script.js';

/** Takes the lease of a record, or tells what stands there. */
export const ACQUIRE = redisScript(
  'acquire',
  ['acquired', 'record'],
  `-- Takes the lease of a record, or tells what stands there.
-- KEYS[1]  the record
-- ARGV[1]  fingerprint of the request
-- ARGV[2]  lease, ms
-- ARGV[3]  time to keep an in-progress record, ms
-- ARGV[4]  '1' if the caller waits for a record in progress to settle, else '0'
-- Replies:
--   {'acquired', fence, attempt}   the caller has the lease
--   {'record', value, time}        what stands there; server time in µs if it is in progress, else 0
--   {'unreadable', why}            'type', 'version <n>' or 'corrupt'; nothing was changed
${READ_RECORD}${WRITE_IN_PROGRESS}
local key = KEYS[1]
local fingerprint, lease, keep, waiting = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4] == '1'

local record, refusal = read(key)
if refusal then return refusal end
if record and record.completed then return {'record', record.value, 0} end

local now = server_time()
local claim = {fence = now, attempt = 1, lease_end = now + lease * 1000, fingerprint = fingerprint}
if record then
  if now < record.lease_end or record.fingerprint ~= fingerprint then
    -- Flips the flag in place: SETRANGE leaves the time to live alone.
    if waiting and not record.awaited then redis.call('SETRANGE', key, 3, 'w') end
    return {'record', record.value, now}
  end
  claim.fence = math.max(now, record.fence + 1)
  claim.attempt = record.attempt + 1
  claim.awaited = record.awaited
end
write_in_progress(key, claim, keep)
return {'acquired', claim.fence, claim.attempt}
`,
);
