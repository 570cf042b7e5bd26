-- What run.sh seeded, and what every scenario draws from.
local function number(name, default) return tonumber(os.getenv(name) or default) end

users = number("LOAD_USERS", 10000)
items = number("LOAD_ITEMS", 92000)
warm = number("LOAD_WARM", 1000)

-- Of several load generators at once: by how many users this one is ahead, so that they do not ask for the same ones.
shift = number("LOAD_SHIFT", 0)
local json = { ["Content-Type"] = "application/json" }

-- wrk gives every run the same random numbers unless it is told otherwise.
math.randomseed(os.time() + shift)

-- Without a timestamp every row is an event of its own, so each one changes its user and is written to the store.
function row(user)
  return string.format('{"FeedbackType":"like","UserId":"u%d","ItemId":"i%d","Value":1}', user, math.random(0, items - 1))
end

function post(rows) return wrk.format("POST", "/api/feedback", json, "[" .. rows .. "]") end

-- A hundred rows each are made beforehand: writing them costs the load generator more than sending them. Without timestamps
-- the same body again is a hundred new events.
function batches(user_of)
  local bodies = {}
  for i = 1, 500 do
    local rows = {}
    local user = user_of(0)
    for j = 1, 100 do rows[j] = row(user_of(user)) end
    bodies[i] = post(table.concat(rows, ","))
  end
  return bodies
end

function recommend(user) return wrk.format("GET", "/api/recommend/u" .. user .. "?n=10") end
