import { ANNOUNCE, FINISH, HELD, READ_RECORD, READ_TOMBSTONE, WRITE_RECORD } from './record.js';
import { redisScript } from './redis-script.js';

/** Ends the uncertainty of a record. */
export const RESOLVE = redisScript(
  'resolve',
  ['resolved', 'record', 'lost'],
  `-- Ends the uncertainty of a record, takes it over, and tells those who wait for it.
-- KEYS[1]  the record
-- KEYS[2]  its tombstone
-- ARGV[1]  fence of the attempt that is uncertain
-- ARGV[2]  note, base64url
-- ARGV[3]  'completed' or 'not-applied'
-- ARGV[4]  not-applied: time to keep the record, ms
-- ARGV[4 and on]  completed: as ARGV[2 and on] of complete: what the record says of the response, response, retentions
-- Replies:
--   {'resolved'}              done
--   {'record', value, time}   not uncertain; server time in µs if it is in progress, else 0
--   {'lost'}                  there is no record
--   {'unreadable', why}       'type', 'version <n>' or 'corrupt'; nothing was changed
${READ_RECORD}${READ_TOMBSTONE}${HELD}${WRITE_RECORD}${FINISH}${ANNOUNCE}
local fence, note, as = tonumber(ARGV[1]), ARGV[2], ARGV[3]

local record, refusal = read(redis.pcall('GET', KEYS[1]))
if refusal then return refusal end
if not record then
  local tombstone, refusal = read_tombstone(redis.pcall('GET', KEYS[2]))
  if refusal then return refusal end
  return tombstone and {'record', tombstone, 0} or {'lost'}
end
if record.completed then return {'record', record.value, 0} end
local now = server_time()
if not held(record, fence) or record.on_lapse ~= 'u' or now < record.lease_end then
  return {'record', record.value, now}
end

-- Announced as it was: what is resolved is awaited by nobody.
local settled = {awaited = record.awaited}
record.awaited = false
record.fence = math.max(now, record.fence + 1)
record.note = ' ' .. note
if as == 'completed' then
  finish(KEYS, record, {head = ARGV[4], response = ARGV[5], kept = ARGV[6], remembered = ARGV[7]})
else
  record.on_lapse = 'n'
  record.effects = ''
  write(KEYS[1], record, ARGV[4])
end
announce(settled, KEYS[1])
return {'resolved'}
`,
);
