-- Counts what a Redis holds for many queues and looks at their ends, in one round trip and without moving a message body.
--
-- KEYS     the lists of the queues, then one hash of unacknowledged messages for each key prefix
-- ARGV[1]  how many of the keys are lists
-- ARGV[2]  entries of a hash above which it is not looked through, for that would block Redis
-- ARGV[3]  the time, as 2026-11-22T17:05:00 in UTC
-- ARGV[4]  messages at the end of a list that are looked at
--
-- Returns three arrays:
--   lengths of the lists
--   for each list that is not empty its number, then a flat array of what its oldest messages say: tag, stamp, eta, ...
--   for each hash a flat array: routing key, messages, messages that wait for their eta, ...; a hash that is too long
--   answers with its length alone
--
-- kombu 5.7.0, transport/redis.py: a message is JSON whose body comes first and whose headers and properties follow;
-- quotes in a body are escaped, so that none looks like a header. BRPOP takes from the right: the last is the oldest. A
-- delivered message lies in the hash as JSON [message, exchange, routing key]. The header "eta" is null where the task
-- is due at once (celery 5.7.0, app/amqp.py, as_task_v2).
local lists, limit, now, depth = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3], tonumber(ARGV[4])

-- Headers and properties are shorter than this; a body may be megabytes long.
local TAIL = 16384

local function value_of(tail, name)
  local _, stop = string.find(tail, name, 1, true)
  return stop and string.match(tail, '^%s*"?([^",}]*)', stop + 1) or ''
end

-- Times in other zones than UTC are not compared here: such a message counts as waiting for its eta.
local function is_due(eta)
  return eta == '' or eta == 'null' or (eta < now and string.find(eta, '+00:00', -6, true) ~= nil)
end

local function oldest(key)
  local flat = {}
  for place = 1, depth do
    local message = redis.call('LINDEX', key, -place)
    if not message then break end
    local tail = string.sub(message, -TAIL)
    local eta = value_of(tail, '"eta":')
    flat[#flat + 1] = value_of(tail, '"delivery_tag":')
    flat[#flat + 1] = value_of(tail, '"revrx-enqueued-at":')
    flat[#flat + 1] = eta
    if is_due(eta) then break end
  end
  return flat
end

local lengths, ends = {}, {}
for i = 1, lists do
  lengths[i] = redis.call('LLEN', KEYS[i])
  if lengths[i] > 0 then
    ends[#ends + 1] = i
    ends[#ends + 1] = oldest(KEYS[i])
  end
end

local function count(key)
  local length = redis.call('HLEN', key)
  if length > limit then return {length} end
  local messages, etas, order = {}, {}, {}
  for _, value in ipairs(redis.call('HVALS', key)) do
    local tail = string.sub(value, -TAIL)
    local routing_key = string.match(string.sub(tail, -600), '"([^"]*)"%]$') or ''
    if not messages[routing_key] then
      messages[routing_key], etas[routing_key] = 0, 0
      order[#order + 1] = routing_key
    end
    messages[routing_key] = messages[routing_key] + 1
    if not is_due(value_of(tail, '"eta":')) then
      etas[routing_key] = etas[routing_key] + 1
    end
  end
  local flat = {}
  for _, routing_key in ipairs(order) do
    flat[#flat + 1] = routing_key
    flat[#flat + 1] = messages[routing_key]
    flat[#flat + 1] = etas[routing_key]
  end
  return flat
end

local unacked = {}
for i = lists + 1, #KEYS do
  unacked[#unacked + 1] = count(KEYS[i])
end

return {lengths, ends, unacked}
