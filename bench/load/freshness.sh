#!/usr/bin/env bash
# Measures how long after its acknowledgement a feedback, a new item and a hidden item show in lists, under background load.
#
#   bench/load/freshness.sh [--load 0.5] [--items 92000] [--users 10000] [--feedback 50] [--store redis|embedded]
#                           [--urls http://a:8088,http://b:8088] [--follow 5000] [--changes 40]
#
# --load is the share of what the service answers at the most, measured before. With --urls it measures a service that runs
# already and holds users u0, u1, … and items i0, i1, … as seed.sh makes them, writing to one silo and reading from another;
# without, it starts one silo on one core, and redis-server and itself on another.
# The probe, and what exactly counts as shown: bench/Lepton.Orleans.Probes.
set -euo pipefail
cd "$(dirname "$0")"
here=$PWD root=$(cd ../.. && pwd)

load=0.5 items=92000 users=10000 feedback=50 store=redis urls='' follow=5000 changes=40
while [ $# -gt 0 ]; do
  case $1 in
    --load | --items | --users | --feedback | --store | --urls | --follow | --changes)
      [ $# -ge 2 ] || { echo "$1 needs a value" >&2; exit 2; }
      printf -v "${1#--}" %s "$2"
      shift 2
      ;;
    *) sed -n '2,11s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
  esac
done

# shellcheck source-path=SCRIPTDIR source=servers.sh
. ./servers.sh
silo_core=0 load_core=1 silo_port=18300 redis_port=18310

echo "Publishing" >&2
publish "$root/bench/Lepton.Orleans.Probes" "$root/artifacts/load/probes"
if [ -z "$urls" ]; then
  need curl curl
  publish "$root/src/Lepton.Orleans.Silo" "$root/artifacts/load/silo"
  settings=(Lepton:Training:Automatic=false)
  if [ "$store" = redis ]; then
    need redis-server redis-server
    start_redis $load_core $redis_port everysec
    settings+=("Lepton:Redis=127.0.0.1:$redis_port")
  fi
  start_silo $silo_core $silo_port "$root/artifacts/load/silo" "${settings[@]}"
  urls=http://127.0.0.1:$silo_port
  "$here/seed.sh" "$urls" "$items" "$users" "$feedback"
  echo "Building the model" >&2
  build_model "$urls"
fi

taskset -c $load_core dotnet "$root/artifacts/load/probes/Lepton.Orleans.Probes.dll" freshness \
  --urls "$urls" --load "$load" --users "$users" --items "$items" --feedback "$follow" --changes "$changes"
