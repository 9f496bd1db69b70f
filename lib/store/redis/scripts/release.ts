import { ANNOUNCE, HELD, READ_RECORD, WRITE_RECORD } from './record.js';
import { redisScript } from './redis-script.js';

/** Ends an attempt without a response. */
export const RELEASE = redisScript(
  'release',
  ['released', 'lost'],
  `-- Ends an attempt without a response, and tells those who wait for it.
-- KEYS[1]  the record
-- ARGV[1]  fence of the owner, or '' if it is named by its token
-- ARGV[2]  token of the owner's claim, or '' if it is named by its fence
-- ARGV[3]  'nothing' happened: the record goes; 'unknown': its lease ends now
-- Replies:
--   {'released'}          done
--   {'lost'}              it was gone, is finished, resolved, or owned by another; nothing was changed
--   {'unreadable', why}   'type', 'version <n>' or 'corrupt'; nothing was changed
${READ_RECORD}${HELD}${WRITE_RECORD}${ANNOUNCE}
local key = KEYS[1]
local fence, token, happened = tonumber(ARGV[1]), ARGV[2], ARGV[3]

local record, refusal = read(redis.pcall('GET', key))
if refusal then return refusal end
if not record or record.completed then return {'lost'} end
if not fence and string.match(record.token, '^[^.]+') == token then fence = record.fence end
if not held(record, fence) then return {'lost'} end

if happened == 'nothing' then
  redis.call('DEL', key)
else
  record.lease_end = math.min(record.lease_end, server_time())
  -- Kept as long as before. A key that ends in this millisecond says 0, which SET does not take.
  local left = redis.call('PTTL', key)
  write(key, record, left < 0 and record.keep or math.max(1, left))
  if left < 0 then redis.call('PERSIST', key) end
end
announce(record, key)
return {'released'}
`,
);
