/**
 * How a record is written, for all scripts. One string per record, a header line and the response's bytes:
 *
 *     i1 p <fence> <attempt> <lease end> <fingerprint>\n              in progress
 *     i1 w <fence> <attempt> <lease end> <fingerprint>\n              in progress, and somebody waits for it
 *     i1 c <fence> <fingerprint> <bytes> <crc32, hex>\n<response>     completed
 *
 * `i1` is the format's version. Fence and lease end are in µs of the server's clock: below 2^53 until the
 * year 2255, so Lua's doubles hold them exactly; `%.0f` keeps them out of scientific notation.
 */
export const RECORD_FORMAT = 'i1';

/** Lua: `read(key)` gives the record (nil if absent), or nil and the reply that refuses to go on. */
export const READ_RECORD = String.raw`
local function read(key)
  local value = redis.pcall('GET', key)
  if not value then return nil end
  if type(value) == 'table' then
    if string.find(value.err, 'WRONGTYPE', 1, true) then return nil, {'unreadable', 'type'} end
    return nil, value
  end
  local kind = string.sub(value, 1, 5)
  if kind == 'i1 c ' then
    local fence, bytes, start = string.match(value, '^(%d+) %S+ (%d+) %x+\n()', 6)
    if fence and #value - start + 1 == tonumber(bytes) then
      return {completed = true, value = value, fence = tonumber(fence)}
    end
  elseif kind == 'i1 p ' or kind == 'i1 w ' then
    local fence, attempt, lease_end, fingerprint = string.match(value, '^(%d+) (%d+) (%d+) (%S+)\n$', 6)
    if fence then
      return {value = value, fence = tonumber(fence), attempt = tonumber(attempt),
        lease_end = tonumber(lease_end), fingerprint = fingerprint, awaited = kind == 'i1 w '}
    end
  end
  local version = string.match(value, '^i(%d+) ')
  return nil, {'unreadable', version and version ~= '1' and 'version ' .. version or 'corrupt'}
end

local function server_time()
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000000 + tonumber(time[2])
end
`;

/** Lua: `write_in_progress(key, record, keep)`. */
export const WRITE_IN_PROGRESS = String.raw`
local function write_in_progress(key, record, keep)
  redis.call('SET', key, string.format('i1 %s %.0f %.0f %.0f %s\n', record.awaited and 'w' or 'p',
    record.fence, record.attempt, record.lease_end, record.fingerprint), 'PX', keep)
end
`;

/**
 * Lua: `announce(record, channel, id)` tells watchers, if there are any, that the record is settled. A
 * failure (a user without the right to publish) is not one of the operation, which has been done by then.
 */
export const ANNOUNCE = String.raw`
local function announce(record, channel, id)
  if record.awaited then redis.pcall('PUBLISH', channel, id) end
end
`;
