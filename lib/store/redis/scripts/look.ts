import { READ_RECORD, READ_TOMBSTONE } from './record.js';
import { redisScript } from './redis-script.js';

/** Tells what stands there, and for how long. */
export const LOOK = redisScript(
  'look',
  ['entry', 'absent'],
  `-- Tells what stands there, and for how long. Changes nothing.
-- KEYS[1]  the record
-- KEYS[2]  its tombstone
-- ARGV[1]  'all'; 'header': no response; 'tombstone': no response, and nothing of a record that stands for another hour
-- Replies:
--   {'entry', value, time, left}   the record or its tombstone; server time in µs; ms to live, -1 for ever
--   {'absent'}                     neither is there
--   {'unreadable', why}            'type', 'version <n>' or 'corrupt'
${READ_RECORD}${READ_TOMBSTONE}
local key, what = KEYS[1], ARGV[1]
local record, refusal = read(redis.pcall('GET', key))
if refusal then return refusal end
local value = record and record.value
if not record then
  key = KEYS[2]
  value, refusal = read_tombstone(redis.pcall('GET', key))
  if refusal then return refusal end
  if not value then return {'absent'} end
end

local left = redis.call('PTTL', key)
if what ~= 'all' and record then
  if what == 'tombstone' and (left < 0 or left > 3600000) then return {'absent'} end
  if record.completed then value = string.sub(value, 1, record.start - 1) end
end
return {'entry', value, server_time(), left}
`,
);
