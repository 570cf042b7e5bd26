-- A hundred rows a request, all of one user.
dofile("report.lua")
dofile("settings.lua")
function request()
  local rows, user = {}, math.random(0, users - 1)
  for i = 1, 100 do rows[i] = row(user) end
  return post(table.concat(rows, ","))
end
