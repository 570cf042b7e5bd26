-- The floor: bare Kestrel, a fixed body of 1 KB.
dofile("report.lua")
