import { ANNOUNCE, FINISH, HELD, READ_RECORD, READ_TOMBSTONE } from './record.js';
import { redisScript } from './redis-script.js';

/** Finishes a record with its response. */
export const COMPLETE = redisScript(
  'complete',
  ['completed', 'record', 'lost'],
  `-- Finishes a record with its response, and tells those who wait for it.
-- KEYS[1]  the record
-- KEYS[2]  its tombstone
-- ARGV[1]  ' ', fence of the owner, ' 1 ': as it stands in the record of a first attempt
-- ARGV[2]  what the record says of the response: 'i1 c ', its bytes, ' ', its CRC-32 in hex, ' '
-- ARGV[3]  response, bytes
-- ARGV[4]  retention of the response, ms
-- ARGV[5]  how long to remember the key, ms; absent where there is no tombstone
-- Replies:
--   'completed'               done, now or earlier by the same fence
--   {'record', value, time}   lost to what stands there; server time in µs if it is in progress, else 0
--   'lost'                    there is no record
--   {'unreadable', why}       'type', 'version <n>' or 'corrupt'; nothing was changed

-- The short way: the first attempt, in progress with that fence, so that there is no note; without effects, and nobody waits.
-- What the completed record keeps stands in a row already: from the fence to the end of the line.
local value = redis.pcall('GET', KEYS[1])
if type(value) == 'string' and string.sub(value, 39, 58) == ARGV[1] then
  local head, line = string.sub(value, 1, 5), string.find(value, '\\n', 59, true)
  if (head == 'i1 r ' or head == 'i1 u ') and line and string.find(value, '\\n', line + 1, true) == #value then
    redis.call('SET', KEYS[1], ARGV[2] .. string.sub(value, 40, line) .. ARGV[3], 'PX', ARGV[4])
    if ARGV[5] then redis.call('SET', KEYS[2], 'i1 t ' .. string.sub(value, 59, line), 'PX', ARGV[5]) end
    return 'completed'
  end
end

-- The general way.
${READ_RECORD}${READ_TOMBSTONE}${HELD}${FINISH}${ANNOUNCE}
local fence = tonumber(string.match(ARGV[1], '%d+'))
local record, refusal = read(value)
if refusal then return refusal end
if not record then
  local tombstone, refusal = read_tombstone(redis.pcall('GET', KEYS[2]))
  if refusal then return refusal end
  return tombstone and {'record', tombstone, 0} or 'lost'
end
if record.completed then
  return record.fence == fence and 'completed' or {'record', record.value, 0}
end
if not held(record, fence) then return {'record', record.value, server_time()} end

finish(KEYS, record, {head = ARGV[2], response = ARGV[3], kept = ARGV[4], remembered = ARGV[5]})
announce(record, KEYS[1])
return 'completed'
`,
);
