#!/usr/bin/env bash
# Measures what telemetry costs: two silos with the same data, one that tells of itself and one that does not, in turns.
#
#   bench/load/telemetry.sh [--pairs 40] [--seconds 1] [--connections 32] [--items 5000] [--users 2000] [--tells all|both|metrics|nothing]
#                           [--trace-ratio 0.01] [--store redis|embedded] [--scenarios "cached rerank feedback"]
#
# What the one tells: all is metrics, scraped every 5 s, and traces and logs sent by OTLP over HTTP to a server that takes them; both
# sends metrics there too; metrics leaves OTLP out; nothing is a control, that shows how far two silos differ that do the same. Both are on one
# core, and only one of them has something to do at a time; wrk, the two redis-servers and the server that takes telemetry are on
# another. Slices are short, so that whatever else the machine does falls on both, and which of the two comes first changes.
# Prints processor time a request, of all slices with what lay between them, and the median of the ratios of neighbouring slices.
set -euo pipefail
cd "$(dirname "$0")"
root=$(cd ../.. && pwd)

pairs=40 seconds=1 connections=32 items=5000 users=2000 tells=all trace_ratio=0.01 store=redis scenarios="cached rerank feedback"
while [ $# -gt 0 ]; do
  case $1 in
    --pairs | --seconds | --connections | --items | --users | --tells | --trace-ratio | --store | --scenarios)
      [ $# -ge 2 ] || { echo "$1 needs a value" >&2; exit 2; }
      name=${1#--}
      printf -v "${name//-/_}" %s "$2"
      shift 2
      ;;
    *) sed -n '2,12s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
  esac
done

# shellcheck source-path=SCRIPTDIR source=servers.sh
. ./servers.sh
# shellcheck source-path=SCRIPTDIR source=measure.sh
. ./measure.sh
need wrk wrk
need curl curl
silo_core=0 load_core=1
export LOAD_USERS=$users LOAD_ITEMS=$items LOAD_WARM=$((users < 1000 ? users : 1000))
declare -A port=([off]=18700 [on]=18710) redis_port=([off]=18720 [on]=18721) pid=()
collector_port=18730

echo "Publishing" >&2
publish "$root/src/Lepton.Orleans.Silo" "$root/artifacts/load/silo"
publish "$root/bench/Lepton.Orleans.Baseline" "$root/artifacts/load/baseline"
start collector $load_core dotnet "$root/artifacts/load/baseline/Lepton.Orleans.Baseline.dll" --urls "http://127.0.0.1:$collector_port"
await_http "http://127.0.0.1:$collector_port/" "$load_folder/collector.log"

# start_side off|on [SETTING=VALUE…]
start_side() {
  local side=$1 folder=$load_folder
  shift
  local settings=(Lepton:Training:Automatic=false "$@")
  # Each with a folder of its own, and so with a store of its own.
  load_folder=$folder/$side
  mkdir -p "$load_folder"
  if [ "$store" = redis ]; then
    need redis-server redis-server
    start_redis $load_core "${redis_port[$side]}" everysec
    settings+=("Lepton:Redis=127.0.0.1:${redis_port[$side]}")
  fi
  start_silo $silo_core "${port[$side]}" "$root/artifacts/load/silo" "${settings[@]}"
  pid[$side]=$silo_pid
  ./seed.sh "http://127.0.0.1:${port[$side]}" "$items" "$users" 50
  build_model "http://127.0.0.1:${port[$side]}"
  load_folder=$folder
}
start_side off Lepton:Telemetry:Metrics=None
told=(Lepton:Telemetry:Metrics=Scraped)
case $tells in
  all | both)
    [ "$tells" = all ] || told=(Lepton:Telemetry:Metrics=Both)
    told+=("Lepton:Telemetry:OtlpEndpoint=http://127.0.0.1:$collector_port" Lepton:Telemetry:OtlpProtocol=http/protobuf
      "Lepton:Telemetry:TraceRatio=$trace_ratio")
    ;;
  metrics) ;;
  nothing) told=(Lepton:Telemetry:Metrics=None) ;;
  *) echo "--tells is all, both, metrics or nothing" >&2; exit 2 ;;
esac
start_side on "${told[@]}"

# A scrape belongs to what telemetry costs.
while sleep 5; do curl -s -o /dev/null --max-time 5 "http://127.0.0.1:${port[on]}/metrics" || true; done &
load_pids+=($!)

# slice SCENARIO SIDE: requests, failed requests, and microseconds of processor time a request
slice() {
  local before result
  before=$(cpu "${pid[$2]}")
  result=$(load "$1" "${port[$2]}" "$seconds")
  awk -v us=$(($(cpu "${pid[$2]}") - before)) -v s="$seconds" '{ n = $1 * s; printf "%.0f %d %.2f", n, $4, us / n }' <<<"$result"
}

echo "Warming up" >&2
for scenario in $scenarios; do
  for _ in 1 2 3; do
    for side in off on; do load "$scenario" "${port[$side]}" 5 >/dev/null; done
  done
done

echo
echo "| scenario | CPU µs off | CPU µs on | on / off | on / off, median of $pairs pairs | middle half of them | failed |"
echo "|---|---:|---:|---:|---:|---:|---:|"
for scenario in $scenarios; do
  measures=$load_folder/$scenario
  # Users are warm again after other scenarios wrote to them.
  for side in off on; do load cached "${port[$side]}" 2 >/dev/null; done
  declare -A begin=([off]=$(cpu "${pid[off]}") [on]=$(cpu "${pid[on]}")) measured=()
  for ((pair = 1; pair <= pairs; pair++)); do
    sides=(off on)
    [ $((pair % 2)) -eq 1 ] || sides=(on off)
    for side in "${sides[@]}"; do measured[$side]=$(slice "$scenario" "$side"); done
    echo "${measured[off]} ${measured[on]}" >>"$measures"
  done
  # What a write leaves to be done is done.
  sleep 3
  # Sorted by the ratio of each pair.
  awk '{ print $6 / $3, $0 }' "$measures" | sort -g |
    awk -v off=$(($(cpu "${pid[off]}") - begin[off])) -v on=$(($(cpu "${pid[on]}") - begin[on])) -v s="$scenario" \
      '{ ratio[NR] = $1; a += $2; b += $5; failed += $3 + $6 }
       END { printf "| %s | %.1f | %.1f | %.3f | %.3f | %.3f to %.3f | %d |\n", s, off / a, on / b, on / b / (off / a),
         ratio[int((NR + 1) / 2)], ratio[int((NR + 3) / 4)], ratio[int((3 * NR + 1) / 4)], failed }'
done
echo
echo "$items items, $users users; store: $store; tells: $tells$([[ "$tells" = all || "$tells" = both ]] && echo ", traces of $trace_ratio of the requests"); slices of $seconds s;" \
  "load of the machine: $(cut -d' ' -f1-3 /proc/loadavg)"
