import { ANNOUNCE, READ_RECORD } from './record.js';
import { redisScript } from './redis-script.js';

/** Gives a record up. */
export const RELEASE = redisScript(
  'release',
  ['released', 'lost'],
  `-- Gives a record up, as if it had never been, and tells those who wait for it.
-- KEYS[1]  the record
-- ARGV[1]  fence of the owner
-- ARGV[2]  channel of announcements
-- ARGV[3]  record id, to announce
-- Replies:
--   {'released'}          the record is gone
--   {'lost'}              it was gone, is completed, or owned by another fence; nothing was changed
--   {'unreadable', why}   'type', 'version <n>' or 'corrupt'; nothing was changed
${READ_RECORD}${ANNOUNCE}
local key = KEYS[1]
local fence, channel, id = tonumber(ARGV[1]), ARGV[2], ARGV[3]

local record, refusal = read(key)
if refusal then return refusal end
if not record or record.completed or record.fence ~= fence then return {'lost'} end

redis.call('DEL', key)
announce(record, channel, id)
return {'released'}
`,
);
