-- A feedback, then the list of the same user, in turns: every list is ranked anew with what was just written.
-- The list is asked for 256 requests after its feedback, more than there are connections, so that the feedback has been
-- acknowledged and no list is served from a ranking that is still valid.
dofile("report.lua")
dofile("settings.lua")
local lag, turn = 128, 2 * shift
function request()
  turn = turn + 1
  local pair = math.floor(turn / 2)
  if turn % 2 == 0 then return post(row(pair % warm)) end
  return recommend((pair - lag) % warm)
end
