#!/usr/bin/env bash
# Measures whether a write costs what its user has done before: the same writes to users with 100 and with 100,000 feedbacks.
#
#   bench/load/write-cost.sh [--store redis|embedded]
#
# One silo on one core, redis-server and the writer on another. How: bench/Lepton.Orleans.Probes/WriteCost.cs.
set -euo pipefail
cd "$(dirname "$0")"
root=$(cd ../.. && pwd)

store=redis
while [ $# -gt 0 ]; do
  case $1 in
    --store)
      [ $# -ge 2 ] || { echo "$1 needs a value" >&2; exit 2; }
      store=$2
      shift 2
      ;;
    *) sed -n '2,6s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
  esac
done

# shellcheck source-path=SCRIPTDIR source=servers.sh
. ./servers.sh
need curl curl
silo_core=0 load_core=1 silo_port=18320 redis_port=18330

echo "Publishing" >&2
publish "$root/bench/Lepton.Orleans.Probes" "$root/artifacts/load/probes"
publish "$root/src/Lepton.Orleans.Silo" "$root/artifacts/load/silo"
settings=(Lepton:Training:Automatic=false)
if [ "$store" = redis ]; then
  need redis-server redis-server
  start_redis $load_core $redis_port everysec
  settings+=("Lepton:Redis=127.0.0.1:$redis_port")
fi
start_silo $silo_core $silo_port "$root/artifacts/load/silo" "${settings[@]}"
taskset -c $load_core dotnet "$root/artifacts/load/probes/Lepton.Orleans.Probes.dll" write-cost "http://127.0.0.1:$silo_port"
