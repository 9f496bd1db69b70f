/**
 * How a record is written, for all scripts. One string per record. Completed: a header line and the response's bytes:
 *
 *     i1 c <bytes> <crc32, hex> <fence> <attempt> <fingerprint> <scope>[ <note>]\n<response>
 *
 * In progress: two lines, the first of which has at its end what the completed record keeps of it:
 *
 *     i1 r <lease end> <taken> <fence> <attempt> <fingerprint> <scope>[ <note>]\n<token> <operation>\n
 *
 * `r` runs again when its lease is over; `R` is the same, and somebody waits for it. `u` and `U` are in progress, and
 * uncertain when the lease is over; these have no time to live. `n` is what was resolved as not applied. A tombstone, in a
 * key of its own:
 *
 *     i1 t <fingerprint> <scope>\n
 *
 * With effects, a record in progress begins with `i1 r+ ` (`R+`, `u+`, `U+`, `n+`), and has them behind its lines: how long
 * to keep the record, in ms, should it stop being uncertain, and for each effect its name, the bytes of its result (`-`
 * where it has only begun) and the result:
 *
 *     <keep>\n<name> <bytes>\n<result>\n<name> -\n\n
 *
 * `i1` is the format's version. `taken` is when the attempt took the lease. It, the fence and the lease end are in µs of the
 * server's clock: below 2^53 until the year 2255, so Lua's doubles hold them exactly; `%.0f` keeps them out of scientific
 * notation. They have 16 digits since 2001, so that all three stand at fixed places: the short ways of the scripts read them
 * there, and where they are not, there is the general way. `token` is that of the claim, a dot, and a name of the call that
 * took the lease. Operation and note are encoded, so that no field has spaces.
 */
export const RECORD_FORMAT = 'i1';

/**
 * Lua: `read(value)` takes what GET gave, and gives the record (nil if absent), or nil and the reply that refuses to go on.
 * `value` is what others are told: of one in progress, nothing of its effects; `effects` is '' when there are none, and
 * `effects_of` takes it apart.
 */
export const READ_RECORD = String.raw`
local function refuse(value)
  if type(value) == 'table' then
    if string.find(value.err, 'WRONGTYPE', 1, true) then return {'unreadable', 'type'} end
    return value
  end
  local version = string.match(value, '^i(%d+) ')
  return {'unreadable', version and version ~= '1' and 'version ' .. version or 'corrupt'}
end

local function effects_of(text)
  local effects, at = {}, 1
  while at <= #text do
    local name, bytes, start = string.match(text, '^(%S+) ([%d-]+)\n()', at)
    local last = name and (bytes == '-' and 0 or tonumber(bytes))
    if not last or string.sub(text, start + last, start + last) ~= '\n' then return nil end
    effects[#effects + 1] = {name = name, text = string.sub(text, at, start + last)}
    at = start + last + 1
  end
  return effects
end

local function read(value)
  if not value then return nil end
  if type(value) == 'table' then return nil, refuse(value) end
  local kind, plus = string.match(value, '^i1 ([cruRUn])(%+?) ')
  if kind == 'c' and plus == '' then
    local bytes, fence, attempt, fingerprint, scope, note, start =
      string.match(value, '^(%d+) %x+ (%d+) (%d+) (%S+) (%S+)( ?%S*)\n()', 6)
    if fence and note ~= ' ' and #value - start + 1 == tonumber(bytes) then
      return {completed = true, value = value, fence = tonumber(fence), start = start}
    end
  elseif kind then
    local lease_end, taken, fence, attempt, fingerprint, scope, note, token, operation, start =
      string.match(value, '^(%d+) (%d+) (%d+) (%d+) (%S+) (%S+)( ?%S*)\n(%S+) (%S+)\n()', 6 + #plus)
    local keep, effects = nil, fence and start > #value and ''
    if fence and plus == '+' then
      keep, effects = string.match(value, '^(%d+)\n(.+)$', start)
      value = string.sub(value, 1, start - 1)
    end
    if fence and note ~= ' ' and effects and effects_of(effects) then
      local lower = string.lower(kind)
      return {value = value, on_lapse = lower, awaited = kind ~= lower, fence = tonumber(fence),
        attempt = tonumber(attempt), taken = tonumber(taken), lease_end = tonumber(lease_end),
        fingerprint = fingerprint, token = token, scope = scope, operation = operation, note = note,
        keep = keep, effects = effects}
    end
  end
  return nil, refuse(value)
end

local function server_time()
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000000 + tonumber(time[2])
end
`;

/** Lua: `read_tombstone(value)` gives what GET gave (nil if absent), or nil and the reply that refuses to go on. */
export const READ_TOMBSTONE = String.raw`
local function read_tombstone(value)
  if not value then return nil end
  if type(value) == 'string' and string.find(value, '^i1 t %S+ %S+\n$') then return value end
  return nil, refuse(value)
end
`;

/** Lua: `held(record, fence)`: whether the attempt with that fence may still write the record. */
export const HELD = String.raw`
local function held(record, fence)
  return not record.completed and record.on_lapse ~= 'n' and record.fence == fence
end
`;

/** Lua: `write(key, record, keep)`. What is uncertain after its lease has no time to live: it waits for somebody. */
export const WRITE_RECORD = String.raw`
local function encode(record, plus)
  local kind = record.awaited and string.upper(record.on_lapse) or record.on_lapse
  return string.format('i1 %s%s %.0f %.0f %.0f %.0f %s %s%s\n%s %s\n', kind, plus, record.lease_end, record.taken,
    record.fence, record.attempt, record.fingerprint, record.scope, record.note, record.token, record.operation)
end

local function write(key, record, keep)
  local has_effects = record.effects ~= ''
  local value = encode(record, has_effects and '+' or '')
  if has_effects then value = value .. keep .. '\n' .. record.effects end
  if record.on_lapse == 'u' then
    redis.call('SET', key, value)
  else
    redis.call('SET', key, value, 'PX', keep)
  end
end
`;

/** Lua: `finish(keys, record, answer)`: the record becomes completed, and its tombstone is put beside it. */
export const FINISH = String.raw`
local function finish(keys, record, answer)
  local header = string.format('%s%.0f %.0f %s %s%s\n', answer.head, record.fence, record.attempt, record.fingerprint,
    record.scope, record.note)
  redis.call('SET', keys[1], header .. answer.response, 'PX', answer.kept)
  if answer.remembered then
    redis.call('SET', keys[2], string.format('i1 t %s %s\n', record.fingerprint, record.scope), 'PX', answer.remembered)
  end
end
`;

/**
 * Lua: `announce(record, key)` tells watchers, if there are any, that the record is settled: its id on the channel under
 * its prefix. A failure (a user without the right to publish) is not one of the operation, which has been done by then.
 */
export const ANNOUNCE = String.raw`
local function announce(record, key)
  if not record.awaited then return end
  local prefix, id = string.match(key, '^(.*){(.*)}$')
  redis.pcall('PUBLISH', prefix .. 'settled', id)
end
`;
