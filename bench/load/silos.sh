#!/usr/bin/env bash
# Measures what it costs that users are spread over silos: the same requests to 1, 2 and 3 silos, all on the same cores.
#
#   bench/load/silos.sh [--silos "1 2 3"] [--rounds 1] [--seconds 15] [--warm 20000] [--connections 30] [--items 10000] [--users 5000]
#                       [--feedback 30] [--scenarios "cached rerank feedback"] [--silo-cores 0] [--load-cores 1]
#                       [--silo FOLDER]
#
# Needs wrk, curl, taskset, redis-server and consul, of which all but the silos have --load-cores. Requests go to the silos in
# equal parts, as a load balancer gives them, whoever's users they are of. Prints a Markdown table: processor time a request, summed
# over the silos, and as a factor of that of one silo in the same round; medians over the rounds. What a request leaves to be
# done later is counted too; what silos do at rest is taken off, and shown beside it. --warm: requests of each kind that a silo
# has answered before it is measured, because new code is slow. --silo: a service that is published already.
set -euo pipefail
cd "$(dirname "$0")"
here=$PWD root=$(cd ../.. && pwd)

silos="1 2 3" rounds=1 seconds=15 warm=20000 connections=30 items=10000 users=5000 feedback=30
scenarios="cached rerank feedback" silo_cores=0 load_cores=1 silo=
while [ $# -gt 0 ]; do
  case $1 in
    --silos | --rounds | --seconds | --warm | --connections | --items | --users | --feedback | --scenarios | --silo-cores | --load-cores | --silo)
      [ $# -ge 2 ] || { echo "$1 needs a value" >&2; exit 2; }
      name=${1#--}
      printf -v "${name//-/_}" %s "$2"
      shift 2
      ;;
    *) sed -n '2,14s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
  esac
done

# shellcheck source-path=SCRIPTDIR source=servers.sh
. ./servers.sh
for program in wrk curl consul redis-server; do need "$program" "$program"; done
first_port=18700 redis_port=18790 consul_port=18791
if [ -z "$silo" ]; then
  silo=$root/artifacts/load/silo
  echo "Publishing" >&2
  publish "$root/src/Lepton.Orleans.Silo" "$silo"
fi
export LOAD_USERS=$users LOAD_ITEMS=$items LOAD_WARM=$((users < 1000 ? users : 1000))

start_redis "$load_cores" $redis_port everysec
start consul "$load_cores" consul agent -dev -bind=127.0.0.1 -client=127.0.0.1 -http-port=$consul_port -dns-port=-1 -grpc-port=-1 \
  -server-port=$((consul_port + 1)) -serf-lan-port=$((consul_port + 2)) -serf-wan-port=-1
await_http "http://127.0.0.1:$consul_port/v1/status/leader" "$load_folder/consul.log"

silo_pids=()
port_of() { echo $((first_port + 10 * $1)); }

# start_silos COUNT: one after the other, each ready before the next
start_silos() {
  local number
  silo_pids=()
  for ((number = 0; number < $1; number++)); do
    start_silo "$silo_cores" "$(port_of $number)" "$silo" "Lepton:Redis=127.0.0.1:$redis_port" "Lepton:Consul=http://127.0.0.1:$consul_port" \
      Orleans:Endpoints:AdvertisedIPAddress=127.0.0.1 Lepton:Training:Automatic=false Lepton:Repair:Automatic=false Lepton:Shutdown:Drain=00:00:00
    silo_pids+=("$silo_pid")
  done
}

stop_silos() {
  kill "${silo_pids[@]}"
  wait "${silo_pids[@]}" || true
}

# cpu: microseconds of processor time of all silos
cpu() {
  local pid
  for pid in "${silo_pids[@]}"; do cat "/proc/$pid/stat"; done | awk '{ sum += $14 + $15 } END { printf "%.0f", sum * 10000 }'
}

# rest: until the silos are at rest; prints the processor time of a second of that, 0 where they never are
rest() {
  local before after i
  for ((i = 0; i < 30; i++)); do
    before=$(cpu)
    sleep 1
    after=$(cpu)
    [ $((after - before)) -gt 50000 ] || { echo $((after - before)); return; }
  done
  echo 0
}

# load SCENARIO SECONDS: requests, requests/s, the highest p99 ms, failed requests
load() {
  local number jobs=() count=${#silo_pids[@]}
  for ((number = 0; number < count; number++)); do
    LOAD_SHIFT=$((LOAD_WARM * number / count)) taskset -c "$load_cores" wrk --threads 1 --connections $((connections / count)) --duration "$2" \
      --latency --timeout 10s --script "$1.lua" "http://127.0.0.1:$(port_of "$number")" >"$load_folder/wrk-$number" &
    jobs+=($!)
  done
  wait "${jobs[@]}"
  for ((number = 0; number < count; number++)); do sed -n 's/^RESULT //p' "$load_folder/wrk-$number"; done |
    awk -v s="$2" '{ rate += $1; if ($3 > p99) p99 = $3; failed += $4 } END { printf "%.0f %s %s %d\n", rate * s, rate, p99, failed }'
}

# warm_up SCENARIO
warm_up() {
  local answered=0
  while [ "$answered" -lt $((warm * ${#silo_pids[@]})) ]; do
    answered=$((answered + $(load "$1" 5 | cut -d' ' -f1)))
  done
}

# measure SCENARIO: requests/s, p99 ms, failed, processor time a request in microseconds, that of a second at rest
measure() {
  local before after started ended result idle
  [ "$1" != cached ] || load cached 2 >/dev/null
  before=$(cpu) started=$(date +%s%N)
  result=$(load "$1" "$seconds")
  idle=$(rest)
  after=$(cpu) ended=$(date +%s%N)
  awk -v us=$((after - before)) -v idle="$idle" -v ns=$((ended - started)) '{ print $2, $3, $4, (us - idle * ns / 1e9) / $1, idle }' <<<"$result"
}

start_silos 1
"$here/seed.sh" "http://127.0.0.1:$(port_of 0)" "$items" "$users" "$feedback"
echo "Building the model" >&2
build_model "http://127.0.0.1:$(port_of 0)"
stop_silos

measures=$load_folder/measures
for ((round = 1; round <= rounds; round++)); do
  for count in $silos; do
    start_silos "$count"
    echo "Warming up $count" >&2
    for scenario in $scenarios; do warm_up "$scenario"; done
    rest >/dev/null
    for scenario in $scenarios; do
      measured=$(measure "$scenario")
      echo "$round $scenario $count $measured" >>"$measures"
      echo "round $round: $scenario on $count: $measured" >&2
    done
    stop_silos
  done
done

echo
echo "Silos on core(s) $silo_cores, wrk, redis-server and consul on core(s) $load_cores; $connections connections in all, $items items," \
  "$users users with $feedback feedbacks each; medians of $rounds rounds of $seconds s."
echo
echo "| scenario | silos | requests/s | CPU µs a request | of one silo | p99 ms | failed | at rest, ms of CPU a second |"
echo "|---|---:|---:|---:|---:|---:|---:|---:|"
awk '
  function median(values, n,   i, j, t) {
    for (i = 2; i <= n; i++) for (j = i; j > 1 && values[j - 1] > values[j]; j--) { t = values[j]; values[j] = values[j - 1]; values[j - 1] = t }
    return n % 2 ? values[(n + 1) / 2] : (values[n / 2] + values[n / 2 + 1]) / 2
  }
  function of(key, column,   i, n, values) {
    for (i = 1; i <= NR; i++) if (keys[i] == key) values[++n] = cells[i, column]
    return median(values, n)
  }
  { keys[NR] = $2 " " $3; if (!seen[keys[NR]]++) order[++kinds] = keys[NR]
    for (c = 1; c <= NF; c++) cells[NR, c] = $c
    if (!($1 SUBSEP $2 in one)) one[$1, $2] = $7      # the first count of silos of a round
    cells[NR, 9] = $7 / one[$1, $2]; failed[keys[NR]] += $6 }
  END { for (k = 1; k <= kinds; k++) { split(order[k], name, " ")
    printf "| %s | %s | %.0f | %.1f | %.2f | %.2f | %d | %.0f |\n", name[1], name[2], of(order[k], 4), of(order[k], 7), of(order[k], 9), of(order[k], 5), failed[order[k]], of(order[k], 8) / 1000 } }
' "$measures"
