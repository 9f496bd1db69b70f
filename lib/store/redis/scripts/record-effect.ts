import { HELD, READ_RECORD, WRITE_RECORD } from './record.js';
import { redisScript } from './redis-script.js';

/** Keeps an effect with a record. */
export const RECORD_EFFECT = redisScript(
  'record-effect',
  ['recorded', 'lost'],
  `-- Keeps an effect with a record, or puts it in the place of the one that has its name.
-- KEYS[1]  the record
-- ARGV[1]  fence of the owner
-- ARGV[2]  what comes when the lease is over: 'r' another attempt, 'u' uncertainty
-- ARGV[3]  name of the effect
-- ARGV[4]  its result, bytes; absent where it has only begun
-- Replies:
--   {'recorded'}          done
--   {'lost'}              the record is gone, finished, resolved, or owned by another fence; nothing was changed
--   {'unreadable', why}   'type', 'version <n>' or 'corrupt'; nothing was changed
${READ_RECORD}${HELD}${WRITE_RECORD}
local key = KEYS[1]
local fence, on_lapse, name, result = tonumber(ARGV[1]), ARGV[2], ARGV[3], ARGV[4]

local record, refusal = read(redis.pcall('GET', key))
if refusal then return refusal end
if not record or not held(record, fence) then return {'lost'} end

local text = name .. ' ' .. (result and #result or '-') .. '\\n' .. (result or '') .. '\\n'
local parts, is_new = {}, true
for i, effect in ipairs(effects_of(record.effects)) do
  local is_same = effect.name == name
  if is_same then is_new = false end
  parts[i] = is_same and text or effect.text
end
if is_new then parts[#parts + 1] = text end
record.effects = table.concat(parts)
record.on_lapse = on_lapse

-- Kept as long as before; what was uncertain for a while, as long as it had to live when that began.
local left = redis.call('PTTL', key)
write(key, record, left < 0 and record.keep or math.max(1, left))
return {'recorded'}
`,
);
