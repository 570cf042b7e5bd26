#!/usr/bin/env bash
# Draws the hit rate against the number of a user's newest events that the ranking does not see.
#   docs/hidden-events.sh hidden-*.json > docs/hidden-events.svg
# Each file is what `lepton evaluate prequential <folder> --hidden <g> --json` printed, its name ends in -<g>.json.
set -euo pipefail
if (($# < 2)); then
    echo "usage: $0 <name>-<g>.json <name>-<g>.json ... > curve.svg" >&2
    exit 2
fi

for file in "$@"; do
    hidden=${file##*-}
    rate=$(sed -n 's/.*"hr@[0-9]*":\([0-9.]*\).*/\1/p' "$file")
    if [[ -z $rate || ! ${hidden%.json} =~ ^[0-9]+$ ]]; then
        echo "$file is not named -<g>.json or holds no hit rate." >&2
        exit 1
    fi
    echo "${hidden%.json} $rate"
done | sort -n | LC_ALL=C awk '
    { hidden[NR] = $1; rate[NR] = $2; most = $1 > most ? $1 : most; best = $2 > best ? $2 : best }
    function x(g) { return 60 + 480 * g / most }
    function y(r) { return 260 - 220 * r / top }
    END {
        top = int(best / .05 + 1) * .05
        print "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 580 320\" font-family=\"sans-serif\" font-size=\"12\">"
        print "<title>Hit rate with the newest events hidden</title>"
        print "<rect width=\"580\" height=\"320\" fill=\"#fff\"/>"
        for (tick = 0; tick <= top + 1e-9; tick += .05) {
            printf "<path d=\"M60 %.1fH540\" stroke=\"#ddd\"/><text x=\"52\" y=\"%.1f\" text-anchor=\"end\">%.2f</text>\n", y(tick), y(tick) + 4, tick
        }
        points = ""
        for (i = 1; i <= NR; i++) {
            points = points sprintf("%s%.1f %.1f", i > 1 ? "L" : "M", x(hidden[i]), y(rate[i]))
            printf "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\" fill=\"#0b6\"/>", x(hidden[i]), y(rate[i])
            printf "<text x=\"%.1f\" y=\"%.1f\">%.3f</text>", x(hidden[i]) + 6, y(rate[i]) - 8, rate[i]
            printf "<text x=\"%.1f\" y=\"278\" text-anchor=\"middle\">%d</text>\n", x(hidden[i]), hidden[i]
        }
        printf "<path d=\"%s\" fill=\"none\" stroke=\"#0b6\" stroke-width=\"2\"/>\n", points
        print "<text x=\"300\" y=\"304\" text-anchor=\"middle\">newest events of the user that the ranking does not see</text>"
        print "<text x=\"60\" y=\"24\">HR@10 of the next event</text>"
        print "</svg>"
    }'
