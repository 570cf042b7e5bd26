-- Lists of users who did nothing since their last list.
dofile("report.lua")
dofile("settings.lua")
function request() return recommend(math.random(0, warm - 1)) end
