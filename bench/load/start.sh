#!/usr/bin/env bash
# Measures how soon a published silo is ready, and how large it is before it has data.
#
#   bench/load/start.sh [--rounds 5] [--builds "ahead jit"] [--stores "embedded redis"]
#
# ahead: compiled before it runs (ReadyToRun), as in the image; jit: without. Each round starts each of them once, in turns, with an
# empty store. Times are from the start of the process: until /api/health/ready says 200, asked every 10 ms, and until the
# first list has come. Processor time is the process's own until it is ready, on whichever cores it gets: what is left of
# a start where others use the machine too. Sizes are resident: when it is ready, ten seconds later, and of that what is not a file's.
set -euo pipefail
cd "$(dirname "$0")"
root=$(cd ../.. && pwd)

rounds=5 builds="ahead jit" stores="embedded redis"
while [ $# -gt 0 ]; do
  case $1 in
    --rounds | --builds | --stores)
      [ $# -ge 2 ] || { echo "$1 needs a value" >&2; exit 2; }
      printf -v "${1#--}" %s "$2"
      shift 2
      ;;
    *) sed -n '2,9s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
  esac
done

# shellcheck source-path=SCRIPTDIR source=servers.sh
. ./servers.sh
# shellcheck source-path=SCRIPTDIR source=measure.sh
. ./measure.sh
need curl curl
need redis-server redis-server
port=18740 redis_port=18750

echo "Publishing" >&2
for build in $builds; do
  ahead=false
  [ "$build" = jit ] || ahead=true
  dotnet publish "$root/src/Lepton.Orleans.Silo" --configuration Release --use-current-runtime --no-self-contained -p:PublishReadyToRun=$ahead \
    --output "$root/artifacts/load/silo-$build" --verbosity quiet --nologo -nodeReuse:false
done

milliseconds() { echo $(($(date +%s%N) / 1000000)); }
# size PID FIELD: megabytes
size() { awk -v field="$2:" '$1 == field { printf "%.0f", $2 / 1024 }' "/proc/$1/status"; }

# start_once BUILD STORE: ms until ready, ms of processor time until then, ms until the first list; MB when ready, later, anonymous
start_once() {
  local settings=() started ready used list first
  rm -rf "$load_folder/data"
  if [ "$2" = redis ]; then
    redis-cli -p $redis_port flushall >/dev/null
    settings+=("--Lepton:Redis=127.0.0.1:$redis_port")
  fi
  started=$(milliseconds)
  dotnet "$root/artifacts/load/silo-$1/Lepton.Orleans.Silo.dll" --urls "http://127.0.0.1:$port" --Lepton:Sample=false \
    "--Lepton:DataDirectory=$load_folder/data" "--Orleans:Endpoints:SiloPort=$((port + 1))" "--Orleans:Endpoints:GatewayPort=$((port + 2))" \
    "${settings[@]}" >"$load_folder/silo.log" 2>&1 &
  local silo=$!
  load_pids+=("$silo")
  until curl -s -o /dev/null --fail --max-time 5 "http://127.0.0.1:$port/api/health/ready"; do
    kill -0 "$silo" || { tail -n 40 "$load_folder/silo.log" >&2; exit 1; }
    sleep .01
  done
  ready=$(($(milliseconds) - started))
  used=$(($(cpu "$silo") / 1000))
  curl -s -o /dev/null --fail "http://127.0.0.1:$port/api/recommend/anybody?n=10"
  list=$(($(milliseconds) - started))
  first=$(size "$silo" VmRSS)
  sleep 10
  echo "$1 $2 $ready $used $list $first $(size "$silo" VmRSS) $(size "$silo" RssAnon)"
  kill "$silo"
  wait "$silo" || true
}

start_redis 0-1 $redis_port everysec
measures=$load_folder/measures
for ((round = 1; round <= rounds; round++)); do
  for store in $stores; do
    for build in $builds; do
      start_once "$build" "$store" | tee -a "$measures" >&2
    done
  done
done

echo
echo "Medians of $rounds starts each; load of the machine: $(cut -d' ' -f1-3 /proc/loadavg)"
echo
echo "| store | build | ready ms | CPU ms until ready | first list ms | MB when ready | MB ten seconds later | of them not of files |"
echo "|---|---|---:|---:|---:|---:|---:|---:|"
for store in $stores; do
  for build in $builds; do
    lines=$(awk -v b="$build" -v s="$store" '$1 == b && $2 == s' "$measures")
    printf '| %s | %s |' "$store" "$build"
    for column in 3 4 5 6 7 8; do printf ' %.0f |' "$(median $column <<<"$lines")"; done
    echo
  done
done
