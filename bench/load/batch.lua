-- A hundred rows a request, each of another user at random: other users than those of the lists, whose histories stay as long as they are.
dofile("report.lua")
dofile("settings.lua")
local bodies
function init() bodies = batches(function() return math.random(users, 2 * users - 1) end) end
function request() return bodies[math.random(#bodies)] end
