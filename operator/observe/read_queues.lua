-- Counts what a Redis holds for many queues, in one round trip and without moving a message body.
--
-- KEYS     the lists of the queues, then one hash of unacknowledged messages for each key prefix
-- ARGV[1]  how many of the keys are lists
-- ARGV[2]  entries of a hash above which it is not looked through, for that would block Redis
--
-- Returns {lengths of the lists, for each hash a flat list: routing key, messages, messages with an eta, ...}, where
-- a hash that is too long answers with its length alone.
--
-- kombu 5.7.0, transport/redis.py: a delivered message lies in the hash as JSON [message, exchange, routing key]; the
-- message's headers say "eta": null where the task is due at once (celery 5.7.0, app/amqp.py, as_task_v2).
local lists, limit = tonumber(ARGV[1]), tonumber(ARGV[2])

local lengths = {}
for i = 1, lists do
  lengths[i] = redis.call('LLEN', KEYS[i])
end

local function count(key)
  local length = redis.call('HLEN', key)
  if length > limit then return {length} end
  local messages, etas, order = {}, {}, {}
  for _, value in ipairs(redis.call('HVALS', key)) do
    local routing_key = string.match(string.sub(value, -600), '"([^"]*)"%]$') or ''
    if not messages[routing_key] then
      messages[routing_key], etas[routing_key] = 0, 0
      order[#order + 1] = routing_key
    end
    messages[routing_key] = messages[routing_key] + 1
    if not string.find(value, '"eta": null', 1, true) then
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

return {lengths, unacked}
