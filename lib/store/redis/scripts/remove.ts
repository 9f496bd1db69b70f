import { READ_RECORD } from './record.js';
import { redisScript } from './redis-script.js';

/** Removes a record that nobody works on. */
export const REMOVE = redisScript(
  'remove',
  ['removed', 'running', 'absent'],
  `-- Removes a record and its tombstone, unless an attempt has its lease.
-- KEYS[1]  the record
-- KEYS[2]  its tombstone
-- Replies:
--   {'removed'}           both are gone
--   {'running'}           an attempt has the lease; nothing was changed
--   {'absent'}            neither was there
--   {'unreadable', why}   'type', 'version <n>' or 'corrupt'; nothing was changed
${READ_RECORD}
local record, refusal = read(redis.pcall('GET', KEYS[1]))
if refusal then return refusal end
if record and not record.completed and record.on_lapse ~= 'n' and server_time() < record.lease_end then
  return {'running'}
end
return {redis.call('DEL', KEYS[1], KEYS[2]) > 0 and 'removed' or 'absent'}
`,
);
