import { READ_RECORD, READ_TOMBSTONE, WRITE_RECORD } from './record.js';
import { redisScript } from './redis-script.js';

/** Takes the lease of a record, or tells what stands there. */
export const ACQUIRE = redisScript(
  'acquire',
  ['acquired', 'record'],
  `-- Takes the lease of a record, or tells what stands there.
-- KEYS[1]  the record
-- KEYS[2]  its tombstone
-- ARGV[1]  lease, ms
-- ARGV[2]  time to keep an in-progress record, ms
-- ARGV[3]  what comes when the lease is over: 'r' another attempt, 'u' uncertainty
-- ARGV[4]  '1' if the caller waits for a record in progress to settle, else '0'
-- ARGV[5]  fingerprint of the request
-- ARGV[6]  token of the claim, '.', and a name of this call: a client that lost its connection may send a call twice
-- ARGV[7]  tag of the scope
-- ARGV[8]  operation, encoded
-- Replies:
--   {'acquired', fence, attempt}   the caller has the lease; with effects of earlier attempts, these as a fourth, encoded
--   {'record', value, time}        what stands there; server time in µs if it is in progress, else 0
--   {'unreadable', why}            'type', 'version <n>' or 'corrupt'; nothing was changed
${READ_RECORD}${READ_TOMBSTONE}${WRITE_RECORD}
local key, tombstone_key = KEYS[1], KEYS[2]
local lease, keep, waiting = tonumber(ARGV[1]), ARGV[2], ARGV[4] == '1'

local record, refusal = read(key)
if refusal then return refusal end
if record and record.completed then return {'record', record.value, 0} end
if not record then
  local tombstone, refusal = read_tombstone(tombstone_key)
  if refusal then return refusal end
  if tombstone then return {'record', tombstone, 0} end
end

local now = server_time()
local claim = {on_lapse = ARGV[3], fence = now, attempt = 1, taken = now, lease_end = now + lease * 1000,
  fingerprint = ARGV[5], token = ARGV[6], scope = ARGV[7], operation = ARGV[8], note = '', effects = ''}
local function acquired(record)
  return {'acquired', record.fence, record.attempt, record.effects ~= '' and record.effects or nil}
end
if record then
  if record.on_lapse ~= 'n' then
    if record.token == claim.token then
      -- This very call, sent again by a client that was not told: its lease begins now.
      record.lease_end = now + lease * 1000
      write(key, record, keep)
      return acquired(record)
    end
    local lapsed = now >= record.lease_end
    if lapsed and claim.on_lapse == 'u' and record.on_lapse ~= 'u' then
      -- The stricter of the two decides: told as the claim sees it.
      record.on_lapse = 'u'
      return {'record', encode(record), now}
    end
    if not lapsed or record.on_lapse == 'u' or record.fingerprint ~= claim.fingerprint then
      -- Flips the flag in place: SETRANGE leaves the time to live alone.
      if waiting and not record.awaited and not (lapsed and record.on_lapse == 'u') then
        redis.call('SETRANGE', key, 3, string.upper(record.on_lapse))
      end
      return {'record', record.value, now}
    end
  end
  claim.fence = math.max(now, record.fence + 1)
  claim.attempt = record.attempt + 1
  claim.awaited = record.awaited
  claim.note = record.note
  claim.effects = record.effects
end
write(key, claim, keep)
return acquired(claim)
`,
);
