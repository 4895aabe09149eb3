/**
 * The atomic step in Redis, for the calls of one turn of the event loop, one after the other: KEYS are all their
 * counters; ARGV is for each call the number of its counters, and for each of these a limit and a window in milliseconds.
 * Nothing of a call is written before every one of its counters has agreed. A value that is no counter (planted, or
 * without an expiry) begins anew: one spoilt key must neither lock its caller out nor count as a Redis that is away.
 * Answers Redis's clock, and for each call the counter that refused it (0: none) and what remains of each, until when.
 */
export const TAKE = `
local time = redis.call('TIME')
local answer = {time[1] * 1000 + math.floor(time[2] / 1000)}
local key, arg = 0, 1
while arg <= #ARGV do
  local n = tonumber(ARGV[arg])
  local counts, lefts, refused, longest = {}, {}, 0, -1
  for i = 1, n do
    local limit, window = tonumber(ARGV[arg + 2 * i - 1]), tonumber(ARGV[arg + 2 * i])
    local value = redis.pcall('GET', KEYS[key + i])
    local count = type(value) == 'string' and #value < 15 and string.find(value, '^%d+$') and tonumber(value)
    local left = count and redis.call('PTTL', KEYS[key + i]) or -1
    if left < 0 or left > window then count, left = nil, window end
    counts[i], lefts[i] = count or -1, left
    if (count or 0) >= limit and left > longest then
      refused = i
      longest = left
    end
  end
  answer[#answer + 1] = refused
  for i = 1, n do
    local count = counts[i]
    if refused > 0 then count = math.max(count, 0)
    elseif count < 0 then
      redis.call('SET', KEYS[key + i], 1, 'PX', lefts[i])
      count = 1
    else count = redis.call('INCR', KEYS[key + i]) end
    answer[#answer + 1] = math.max(ARGV[arg + 2 * i - 1] - count, 0)
    answer[#answer + 1] = lefts[i]
  end
  key = key + n
  arg = arg + 1 + 2 * n
end
return answer
`;
