#!/usr/bin/env bash
# Measures what telemetry costs: two silos with the same data, one that tells of itself and one that does not, in turns.
#
#   bench/load/telemetry.sh [--rounds 10] [--seconds 4] [--connections 32] [--items 5000] [--users 2000] [--trace-ratio 0.01]
#                           [--store redis|embedded] [--scenarios "cached rerank feedback"]
#
# The one that does has all of it: metrics, scraped every 5 s, and metrics, traces and logs sent by OTLP over HTTP to a
# server that takes them. Both are on one core, and only one of them has something to do at a time; wrk, the two
# redis-servers and the server that takes telemetry are on another.
# Prints processor time a request (until the silo is at rest again) and the median of the ratios of neighbouring slices; which of
# the two comes first changes from round to round.
set -euo pipefail
cd "$(dirname "$0")"
root=$(cd ../.. && pwd)

rounds=10 seconds=4 connections=32 items=5000 users=2000 trace_ratio=0.01 store=redis scenarios="cached rerank feedback"
while [ $# -gt 0 ]; do
  case $1 in
    --rounds | --seconds | --connections | --items | --users | --trace-ratio | --store | --scenarios)
      [ $# -ge 2 ] || { echo "$1 needs a value" >&2; exit 2; }
      name=${1#--}
      printf -v "${name//-/_}" %s "$2"
      shift 2
      ;;
    *) sed -n '2,11s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
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
start_side off Lepton:Telemetry:Metrics=false
start_side on Lepton:Telemetry:Metrics=true "Lepton:Telemetry:OtlpEndpoint=http://127.0.0.1:$collector_port" \
  Lepton:Telemetry:OtlpProtocol=http/protobuf "Lepton:Telemetry:TraceRatio=$trace_ratio"

# A scrape belongs to what telemetry costs.
while sleep 5; do curl -s -o /dev/null --max-time 5 "http://127.0.0.1:${port[on]}/metrics" || true; done &
load_pids+=($!)

echo "Warming up" >&2
for scenario in $scenarios; do
  for side in off on; do load "$scenario" "${port[$side]}" 10 >/dev/null; done
done
for side in off on; do settle "${pid[$side]}"; done

measures=$load_folder/measures
for ((round = 1; round <= rounds; round++)); do
  for scenario in $scenarios; do
    sides=(off on)
    [ $((round % 2)) -eq 1 ] || sides=(on off)
    declare -A measured=()
    for side in "${sides[@]}"; do
      # Users are warm again after other scenarios wrote to them.
      [ "$scenario" != cached ] || load cached "${port[$side]}" 1 >/dev/null
      measured[$side]=$(measure "$scenario" "${port[$side]}" "$seconds" "${pid[$side]}")
    done
    echo "$scenario ${measured[off]} ${measured[on]}" >>"$measures"
    echo "round $round: $scenario off ${measured[off]}; on ${measured[on]}" >&2
  done
done

echo
echo "$items items, $users users; store: $store; traces of $trace_ratio of the requests; medians of $rounds pairs of $seconds s."
echo
echo "| scenario | CPU µs off | CPU µs on | on / off | middle half of the ratios | failed |"
echo "|---|---:|---:|---:|---:|---:|"
for scenario in $scenarios; do
  # rate p50 p99 failed cpu, off and on, and the ratio of on to off
  lines=$(awk -v s="$scenario" '$1 == s { print $6, $11, $11 / $6, $5 + $10 }' "$measures")
  printf '| %s | %.1f | %.1f | %.3f | %s | %d |\n' "$scenario" "$(median 1 <<<"$lines")" "$(median 2 <<<"$lines")" "$(median 3 <<<"$lines")" \
    "$(sort -g -k 3,3 <<<"$lines" | awk '{ v[NR] = $3 } END { printf "%.3f to %.3f", v[int((NR + 3) / 4)], v[int((3 * NR + 1) / 4)] }')" \
    "$(awk '{ n += $4 } END { print n }' <<<"$lines")"
done
