-- A hundred rows a request, each of another user at random.
dofile("report.lua")
dofile("settings.lua")
function request()
  local rows = {}
  for i = 1, 100 do rows[i] = row(math.random(0, users - 1)) end
  return post(table.concat(rows, ","))
end
