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
-- ARGV[2]  time to keep an in-progress record, ms; '' where it is uncertain when the lease is over, and is kept until it is settled
-- ARGV[3]  what a record says of the claim: fingerprint of the request, ' ', tag of the scope, newline, token of the claim, '.',
--          a name of this call (a client that lost its connection may send a call twice), ' ', operation, encoded
-- ARGV[4]  absent, unless the caller waits for a record in progress to settle
-- Replies:
--   fence                          the caller has the lease, and is the first
--   {'acquired', fence, attempt}   the caller has the lease; with effects of earlier attempts, these as a fourth, encoded
--   value                          what stands there, completed or a tombstone, for the caller to find out whether it is whole
--   value .. newline seconds ' ' µs   the same of one in progress, with the server's time in a line behind it
--   {'record', value, time}        what stands there, and is whole; server time in µs if it is in progress, else 0
--   {'unreadable', why}            'type', 'version <n>' or 'corrupt'; nothing was changed

-- The short way. It writes only where there is nothing, so that it need not know whether what it tells is whole. A
-- function costs something each time that it is defined: there are none up here.
local value, tombstone = redis.pcall('GET', KEYS[1]), nil
if not value then
  tombstone = redis.pcall('GET', KEYS[2])
  if not tombstone then
    local time = redis.call('TIME')
    local now = time[1] .. string.rep('0', 6 - #time[2]) .. time[2]
    local head, lease_end = ARGV[2] == '' and 'i1 u ' or 'i1 r ', string.format('%.0f', now + ARGV[1] * 1000)
    local record = head .. lease_end .. ' ' .. now .. ' ' .. now .. ' 1 ' .. ARGV[3] .. '\\n'
    if ARGV[2] == '' then
      redis.call('SET', KEYS[1], record)
    else
      redis.call('SET', KEYS[1], record, 'PX', ARGV[2])
    end
    return now
  end
  if type(tombstone) == 'string' and string.sub(tombstone, 1, 5) == 'i1 t ' then return tombstone end
elseif type(value) == 'string' then
  local head = string.sub(value, 1, 5)
  if head == 'i1 c ' then return value end
  -- In progress, and nothing to note. This very call, sent again, is not told of itself: its line, the second, stands in
  -- the record, whose first one may have more behind it than the claim's, the note of a resolution.
  local is_noted, line = head == 'i1 R ' or head == 'i1 U ', string.find(ARGV[3], '\\n', 1, true)
  local may_tell = is_noted or not ARGV[4] and (head == 'i1 r ' or head == 'i1 u ')
  if may_tell and not string.find(value, string.sub(ARGV[3], line), 1, true) then
    local time, lease_end = redis.call('TIME'), tonumber(string.sub(value, 6, 21))
    if lease_end and time[1] * 1000000 + time[2] < lease_end then return value .. '\\n' .. time[1] .. ' ' .. time[2] end
  end
end

-- The general way.
${READ_RECORD}${READ_TOMBSTONE}${WRITE_RECORD}
local key, lease, keep, waiting = KEYS[1], tonumber(ARGV[1]), ARGV[2], ARGV[4]

local record, refusal = read(value)
if refusal then return refusal end
if record and record.completed then return {'record', record.value, 0} end
if not record then
  local text, refusal = read_tombstone(tombstone)
  return refusal or {'record', text, 0}
end

local now = server_time()
local fingerprint, scope, token, operation = string.match(ARGV[3], '^(%S+) (%S+)\\n(%S+) (%S+)$')
local claim = {on_lapse = keep == '' and 'u' or 'r', fence = math.max(now, record.fence + 1), attempt = record.attempt + 1, taken = now,
  lease_end = now + lease * 1000, awaited = record.awaited, fingerprint = fingerprint, token = token, scope = scope,
  operation = operation, note = record.note, effects = record.effects}
local function acquired(record)
  return {'acquired', record.fence, record.attempt, record.effects ~= '' and record.effects or nil}
end
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
    return {'record', encode(record, ''), now}
  end
  if not lapsed or record.on_lapse == 'u' or record.fingerprint ~= claim.fingerprint then
    -- Flips the flag in place: SETRANGE leaves the time to live alone.
    if waiting and not record.awaited and not (lapsed and record.on_lapse == 'u') then
      redis.call('SETRANGE', key, 3, string.upper(record.on_lapse))
    end
    return {'record', record.value, now}
  end
end
write(key, claim, keep)
return acquired(claim)
`,
);
