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
-- ARGV[3]  channel of announcements
-- ARGV[4]  record id, to announce
-- ARGV[5]  'completed' or 'not-applied'
-- ARGV[6]  not-applied: time to keep the record, ms; completed: retention of the response, ms
-- ARGV[7]  completed: retention of the tombstone after that, ms; 0 for none
-- ARGV[8]  completed: response, bytes
-- ARGV[9]  completed: CRC-32 of the response, hex
-- Replies:
--   {'resolved'}              done
--   {'record', value, time}   not uncertain; server time in µs if it is in progress, else 0
--   {'lost'}                  there is no record
--   {'unreadable', why}       'type', 'version <n>' or 'corrupt'; nothing was changed
${READ_RECORD}${READ_TOMBSTONE}${HELD}${WRITE_RECORD}${FINISH}${ANNOUNCE}
local fence, note, channel, id, as, keep = tonumber(ARGV[1]), ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]

local record, refusal = read(KEYS[1])
if refusal then return refusal end
if not record then
  local tombstone, refusal = read_tombstone(KEYS[2])
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
  finish(KEYS, record, {response = ARGV[8], checksum = ARGV[9], retention = keep, tombstone = ARGV[7]})
else
  record.on_lapse = 'n'
  record.effects = ''
  write(KEYS[1], record, keep)
end
announce(settled, channel, id)
return {'resolved'}
`,
);
