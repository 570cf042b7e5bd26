-- A hundred rows a request, all of one user; see batch.lua.
dofile("report.lua")
dofile("settings.lua")
local bodies
function init() bodies = batches(function(user) return user > 0 and user or math.random(users, 2 * users - 1) end) end
function request() return bodies[math.random(#bodies)] end
