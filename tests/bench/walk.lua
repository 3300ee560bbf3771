-- For wrk: asks for the lines of a file in turn, each "PATH" or "PATH NAME VALUE" with a header, and ends with
-- one line of figures for edge.py.

local requests, at = {}, 0

function init(arguments)
  for line in io.lines(arguments[1]) do
    local path, name, value = line:match("^(%S+) ?(%S*) ?(.*)$")
    requests[#requests + 1] = wrk.format("GET", path, name ~= "" and { [name] = value } or {})
  end
end

function request()
  at = at % #requests + 1
  return requests[at]
end

function done(summary, latency)
  local e = summary.errors
  print(string.format("%d %d %d %d", summary.requests, summary.duration, latency:percentile(99),
    e.connect + e.read + e.write + e.status + e.timeout))
end
