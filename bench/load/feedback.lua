-- One row a request, users at random: each is on disk, as far as the store promises, when it is answered.
dofile("report.lua")
dofile("settings.lua")
function request() return post(row(math.random(0, users - 1))) end
