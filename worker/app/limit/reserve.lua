-- Counts a request, and tells the seconds to wait before it is sent.
-- KEYS: until when the requests, and the tokens, of this API are taken; until when it is blocked.
-- ARGV: requests a minute, tokens a minute (0: no limit), tokens of the request, seconds of patience, share of the burst.
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
local start = math.max(now, tonumber(redis.call('GET', KEYS[3]) or 0))
local burst = 60 * ARGV[5] / (1 - ARGV[5])
local free, seconds = {}, {}
for which, amount in ipairs({1, tonumber(ARGV[3])}) do
  local rate = tonumber(ARGV[which])
  if rate > 0 then
    free[which] = math.max(now, tonumber(redis.call('GET', KEYS[which]) or 0))
    seconds[which] = amount * 60 / (rate * (1 - ARGV[5]))
    start = math.max(start, free[which] - math.max(burst - seconds[which], 0))
  end
end
local wait = start - now
if wait <= tonumber(ARGV[4]) then
  for which in pairs(free) do
    local taken = math.max(free[which], start) + seconds[which]
    redis.call('SET', KEYS[which], string.format('%.6f', taken), 'EX', math.ceil(taken - now) + 60)
  end
end
return string.format('%.6f', wait)
