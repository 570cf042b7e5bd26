-- Lists that are ranked for every request: the service runs with a Lepton:Ranking:MaxAge of next to nothing.
dofile("cached.lua")
