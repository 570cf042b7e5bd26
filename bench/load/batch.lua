-- A hundred rows a request, each of another user at random: other users than those of the lists, whose histories stay as long as they are.
dofile("report.lua")
dofile("settings.lua")
function request()
  local rows = {}
  for i = 1, 100 do rows[i] = row(math.random(users, 2 * users - 1)) end
  return post(table.concat(rows, ","))
end
