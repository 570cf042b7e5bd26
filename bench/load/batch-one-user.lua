-- A hundred rows a request, all of one user; see batch.lua.
dofile("report.lua")
dofile("settings.lua")
function request()
  local rows, user = {}, math.random(users, 2 * users - 1)
  for i = 1, 100 do rows[i] = row(user) end
  return post(table.concat(rows, ","))
end
