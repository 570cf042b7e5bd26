-- What run.sh seeded, and what every scenario draws from.
local function number(name, default) return tonumber(os.getenv(name) or default) end

users = number("LOAD_USERS", 10000)
items = number("LOAD_ITEMS", 92000)
warm = number("LOAD_WARM", 1000)
local json = { ["Content-Type"] = "application/json" }

-- wrk gives every run the same random numbers unless it is told otherwise.
math.randomseed(os.time())

-- Without a timestamp every row is an event of its own, so each one changes its user and is written to the store.
function row(user)
  return string.format('{"FeedbackType":"like","UserId":"u%d","ItemId":"i%d","Value":1}', user, math.random(0, items - 1))
end

function post(rows) return wrk.format("POST", "/api/feedback", json, "[" .. rows .. "]") end

function recommend(user) return wrk.format("GET", "/api/recommend/u" .. user .. "?n=10") end
