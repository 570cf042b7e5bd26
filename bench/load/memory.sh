#!/usr/bin/env bash
# What a user, a feedback and an item cost in memory: differences between populations of different size.
#
#   bench/load/memory.sh [--users 10000] [--feedback "50 200"] [--items 100000]
#
# --feedback: how many feedbacks users have, one population for each number.
#
# Silo: resident memory and managed heap, with the data in a redis-server beside it. It runs with DOTNET_gcServer=0,
# DOTNET_gcConcurrent=0 and DOTNET_GCConserveMemory=9 (full collections compact), and before each reading a full
# collection is asked of it over its diagnostic port (collect.cs). The first tenth of a population comes before the
# first reading: start-up, JIT and pools are in both readings and cancel out, and so do the per-item lists that
# feedback fills, because users choose among 2,000 items only; no model is built meanwhile. Take more users for better
# figures: what the lists still grow by is spread over them.
# Redis: used_memory without blobs (checkpoints of the items' lists, models), after the writes and again after the silo
# has stopped and folded its journals.
set -euo pipefail
cd "$(dirname "$0")"
root=$(cd ../.. && pwd)

users=10000 feedback="50 200" items=100000
while [ $# -gt 0 ]; do
  case $1 in
    --users | --feedback | --items)
      [ $# -ge 2 ] || { echo "$1 needs a value" >&2; exit 2; }
      printf -v "${1#--}" %s "$2"
      shift 2
      ;;
    *) sed -n '2,16s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
  esac
done

# shellcheck source-path=SCRIPTDIR source=servers.sh
. ./servers.sh
need curl curl
need redis-server redis-server
silo_port=18200 redis_port=18210 url=http://127.0.0.1:18200 chosen_from=2000
export DOTNET_gcServer=0 DOTNET_gcConcurrent=0 DOTNET_GCConserveMemory=9

echo "Publishing" >&2
publish "$root/src/Lepton.Orleans.Silo" "$root/artifacts/load/silo"

# begin: a silo on an empty redis-server
begin() {
  stop_servers
  rm -rf "$load_folder/redis"
  start_redis 0-1 $redis_port everysec
  start_silo 0-1 $silo_port "$root/artifacts/load/silo" "Lepton:Redis=127.0.0.1:$redis_port" Lepton:Training:Automatic=false
}
seed_items() { ./seed.sh $url "$2" 0 0 0 "$1"; }
seed_users() { ./seed.sh $url $chosen_from "$2" "$3" "$1" $chosen_from; }
# ask FIRST END: a list for each user, so that all that serves it is in memory
ask() { curl -sS --fail -o /dev/null "$url/api/recommend/u[$1-$(($2 - 1))]?n=10"; }
redis() { redis-cli -p $redis_port "$@" | tr -d '\r'; }
used_memory() {
  local used key
  used=$(redis info memory | sed -n 's/^used_memory://p')
  while read -r key; do
    used=$((used - $(redis memory usage "$key" samples 0)))
  done < <(redis --scan --pattern 'lepton:{b:*')
  echo "$used"
}
# reading: resident bytes and heap bytes of the silo, after a full collection
reading() {
  local heap
  heap=$(dotnet run collect.cs "$silo_pid")
  echo "$(($(sed -n 's/^VmRSS:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$silo_pid/status") * 1024)) $heap"
}
# per COUNT BEFORE AFTER: bytes each, resident and heap
per() { awk -v n="$1" -v b="$2" -v a="$3" 'BEGIN { split(b, x); split(a, y); printf "%.0f | %.0f", (y[1] - x[1]) / n, (y[2] - x[2]) / n }'; }

# Grains of items are given up when they were not asked for for a minute.
begin
seed_items 0 $((items / 10))
sleep 100
few_items=$(reading)
seed_items $((items / 10)) "$items"
sleep 100
all_items=$(reading)

# silo_cost FEEDBACK: rows of the table for users with so many feedbacks
silo_cost() {
  begin
  seed_items 0 $chosen_from
  seed_users 0 $((users / 10)) "$1"
  ask 0 $((users / 10))
  local few written asked
  few=$(reading)
  seed_users $((users / 10)) $((users - users / 10)) "$1"
  written=$(reading)
  ask $((users / 10)) "$users"
  asked=$(reading)
  echo "| an active user with $1 feedbacks, after writing | $(per $((users - users / 10)) "$few" "$written") |"
  echo "| the same with a cached list | $(per $((users - users / 10)) "$few" "$asked") |"
}
for count in $feedback; do silo_cost "$count" >>"$load_folder/silo_rows"; done

# redis_cost FEEDBACK: bytes per user with so many feedbacks, as written and as folded
redis_cost() {
  begin
  seed_items 0 $chosen_from
  local empty live
  empty=$(used_memory)
  seed_users 0 "$users" "$1"
  live=$(used_memory)
  kill -TERM "$silo_pid"
  wait "$silo_pid" || true
  echo "$(((live - empty) / users)) $((($(used_memory) - empty) / users))"
}
redis_cost 1 >"$load_folder/one"
read -r one_live one_folded <"$load_folder/one"
for count in $feedback; do
  redis_cost "$count" >"$load_folder/many"
  read -r many_live many_folded <"$load_folder/many"
  cat >>"$load_folder/redis_rows" <<ROWS
| a user with $count feedbacks | $many_live | $many_folded |
| each of them beyond the first | $(((many_live - one_live) / (count - 1))) | $(((many_folded - one_folded) / (count - 1))) |
ROWS
done

echo
echo "| in the silo, bytes | resident | heap |"
echo "|---|---:|---:|"
echo "| an item of the catalogue | $(per $((items - items / 10)) "$few_items" "$all_items") |"
cat "$load_folder/silo_rows"
echo
echo "| in Redis, bytes | as written | folded |"
echo "|---|---:|---:|"
echo "| a user with one feedback | $one_live | $one_folded |"
cat "$load_folder/redis_rows"
