#!/usr/bin/env bash
# Measures the service end to end against bare Kestrel, each on one core with the load generator on another.
#
#   bench/load/run.sh [--rounds 3] [--seconds 10] [--connections 32] [--items 92000] [--users 10000]
#                     [--feedback 50] [--store redis|embedded] [--fsync everysec|always]
#                     [--telemetry on|off]
#                     [--scenarios "cached rerank feedback batch batch-one-user rank"]
#
# Needs wrk, curl, taskset, two cores and, with --store redis, redis-server (which shares the load generator's core).
# Prints a Markdown table: medians over the rounds, and the median of each round's ratio to the baseline beside it, once
# by requests/s and once by processor time, in which what a request leaves to be done later is counted too.
# With --telemetry on the service measures itself and is scraped every 5 s; off, it does not.
# What each scenario sends, and why so: the first lines of its .lua file.
set -euo pipefail
cd "$(dirname "$0")"
here=$PWD root=$(cd ../.. && pwd)

rounds=3 seconds=10 connections=32 items=92000 users=10000 feedback=50 store=redis fsync=everysec telemetry=on
scenarios="cached rerank feedback batch batch-one-user rank"
while [ $# -gt 0 ]; do
  case $1 in
    --rounds | --seconds | --connections | --items | --users | --feedback | --store | --fsync | --telemetry | --scenarios)
      [ $# -ge 2 ] || { echo "$1 needs a value" >&2; exit 2; }
      printf -v "${1#--}" %s "$2"
      shift 2
      ;;
    *) sed -n '2,13s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
  esac
done

# shellcheck source-path=SCRIPTDIR source=servers.sh
. ./servers.sh
# shellcheck source-path=SCRIPTDIR source=measure.sh
. ./measure.sh
need wrk wrk
need curl curl
silo_core=0 load_core=1
silo_port=18100 baseline_port=18110 redis_port=18120
export LOAD_USERS=$users LOAD_ITEMS=$items LOAD_WARM=$((users < 1000 ? users : 1000))

echo "Publishing" >&2
publish "$root/src/Lepton.Orleans.Silo" "$root/artifacts/load/silo"
publish "$root/bench/Lepton.Orleans.Baseline" "$root/artifacts/load/baseline"

case $telemetry in
  on) metrics=Scraped ;;
  off) metrics=None ;;
  *) echo "--telemetry is on or off" >&2; exit 2 ;;
esac
settings=(Lepton:Training:Automatic=false "Lepton:Telemetry:Metrics=$metrics")
if [ "$store" = redis ]; then
  need redis-server redis-server
  start_redis $load_core $redis_port "$fsync"
  settings+=("Lepton:Redis=127.0.0.1:$redis_port")
fi
start baseline $silo_core dotnet "$root/artifacts/load/baseline/Lepton.Orleans.Baseline.dll" --urls "http://127.0.0.1:$baseline_port"
await_http "http://127.0.0.1:$baseline_port/" "$load_folder/baseline.log"
baseline_pid=$started_pid
start_silo $silo_core $silo_port "$root/artifacts/load/silo" "${settings[@]}"
"$here/seed.sh" "http://127.0.0.1:$silo_port" "$items" "$users" "$feedback"

# The model is built before anything is measured: a build beside it would take the core from both sides.
echo "Building the model" >&2
build_model "http://127.0.0.1:$silo_port"

# One core has much to compile before the service is as fast as it gets.
warm_up() {
  echo "Warming up" >&2
  load baseline $baseline_port 3 >/dev/null
  local scenario
  for scenario in "$@"; do load "$scenario" $silo_port 15 >/dev/null; done
  settle "$silo_pid"
}

restart_silo() {
  kill "$silo_pid"
  wait "$silo_pid" || true
  start_silo $silo_core $silo_port "$root/artifacts/load/silo" "${settings[@]}" "$@"
}

# A scrape belongs to what telemetry costs.
if [ "$telemetry" = on ]; then
  while sleep 5; do curl -s -o /dev/null --max-time 5 "http://127.0.0.1:$silo_port/metrics" || true; done &
  load_pids+=($!)
fi

measures=$load_folder/measures
run_rounds() {
  local round scenario floor measured
  for ((round = 1; round <= rounds; round++)); do
    for scenario in "$@"; do
      floor=$(measure baseline $baseline_port "$seconds" "$baseline_pid")
      # Users are warm again after other scenarios wrote to them.
      [ "$scenario" != cached ] || load cached $silo_port 2 >/dev/null
      measured=$(measure "$scenario" $silo_port "$seconds" "$silo_pid")
      echo "$scenario $measured $floor" >>"$measures"
      echo "round $round: $scenario $measured; baseline $floor" >&2
    done
  done
}

together=()
for scenario in $scenarios; do [ "$scenario" = rank ] || together+=("$scenario"); done
if [[ " $scenarios " == *" rank "* ]]; then
  # First, while histories are as long as they were made. A service that believes no ranking for longer than a moment ranks
  # for every request.
  restart_silo Lepton:Ranking:MaxAge=00:00:00.0000001
  warm_up rank rank
  run_rounds rank
  restart_silo
fi
if [ ${#together[@]} -gt 0 ]; then
  warm_up "${together[@]}"
  run_rounds "${together[@]}"
fi

echo
echo "One core for the service, one for wrk$([ "$store" = redis ] && echo " and redis-server (appendfsync $fsync)"); $connections connections," \
  "$items items, $users users with $feedback feedbacks each; store: $store; telemetry: $telemetry; medians of $rounds rounds of $seconds s."
echo
echo "| scenario | requests/s | rows, lists or pairs/s | of baseline | CPU µs | of baseline by CPU | p50 ms | p99 ms | failed | baseline requests/s |"
echo "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|"
for scenario in $scenarios; do
  # scenario rate p50 p99 failed cpu floor-rate floor-p50 floor-p99 floor-failed floor-cpu ratio cpu-ratio
  lines=$(awk -v s="$scenario" '$1 == s { print $0, $2 / $7, $11 / $6 }' "$measures")
  rate=$(median 2 <<<"$lines")
  case $scenario in
    rerank) units=$(awk -v r="$rate" 'BEGIN { print r / 2 }') ;;
    batch*) units=$(awk -v r="$rate" 'BEGIN { print r * 100 }') ;;
    *) units=$rate ;;
  esac
  printf '| %s | %.0f | %.0f | %.3f | %.1f | %.3f | %.2f | %.2f | %d | %.0f |\n' "$scenario" "$rate" "$units" "$(median 12 <<<"$lines")" \
    "$(median 6 <<<"$lines")" "$(median 13 <<<"$lines")" "$(median 3 <<<"$lines")" "$(median 4 <<<"$lines")" \
    "$(awk '{ n += $5 } END { print n }' <<<"$lines")" "$(median 7 <<<"$lines")"
done
