#!/usr/bin/env bash
# How fast a backlog in Kafka becomes durable state of users, what memory that takes, and how soon a feedback shows in its
# user's list at half of that rate, with the service on one core and broker and Redis on another.
#
#   bench/load/kafka.sh [--messages 1000000] [--users 10000] [--items 2000] [--partitions 8] [--store redis|embedded]
#                       [--fsync everysec|always] [--seconds 20] [--rate MESSAGES_A_SECOND] [--events FeedbackAccepted]
#
# Needs taskset, curl, kafka-server (see tests/Lepton.Orleans.ClusterTests/Processes/KafkaProcess.cs) and redis-server. Each
# message is one feedback. --rate: of the load while it is looked how soon feedback shows, by default half of what was measured;
# --events: a kind of event that is told meanwhile. Prints what backlog.cs measures.
set -euo pipefail
cd "$(dirname "$0")"
root=$(cd ../.. && pwd)

messages=1000000 users=10000 items=2000 partitions=8 store=redis fsync=everysec seconds=20 rate='' events=''
while [ $# -gt 0 ]; do
  case $1 in
    --messages | --users | --items | --partitions | --store | --fsync | --seconds | --rate | --events)
      [ $# -ge 2 ] || { echo "$1 needs a value" >&2; exit 2; }
      printf -v "${1#--}" %s "$2"
      shift 2
      ;;
    *) sed -n '2,10s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
  esac
done

# shellcheck source-path=SCRIPTDIR source=servers.sh
. ./servers.sh
need curl curl
need kafka-server "nothing that Debian has"
kafka_port=18300 redis_port=18310 silo_port=18320
publish "$root/src/Lepton.Orleans.Silo" "$root/artifacts/load/silo"

start kafka 1 kafka-server "$load_folder/kafka" $kafka_port
until (exec 3<>/dev/tcp/127.0.0.1/$kafka_port) 2>/dev/null; do sleep .2; done
echo "Filling the topic" >&2
dotnet run backlog.cs fill 127.0.0.1:$kafka_port "$messages" "$users" "$items" "$partitions"

settings=(Lepton:Training:Automatic=false "Lepton:Kafka=127.0.0.1:$kafka_port" "Lepton:Kafka:Partitions=$partitions")
if [ "$store" = redis ]; then
  need redis-server redis-server
  start_redis 1 $redis_port "$fsync"
  settings+=("Lepton:Redis=127.0.0.1:$redis_port")
fi
[ -z "$events" ] || settings+=("Lepton:Kafka:Events:$events=true")
start_silo 0 $silo_port "$root/artifacts/load/silo" "${settings[@]}"
measured=$(dotnet run backlog.cs drain 127.0.0.1:$kafka_port "$partitions" "$silo_pid")
echo "$measured"
[ -n "$rate" ] || rate=$(awk '{ print int($3 / 2) }' <<<"$measured")
dotnet run backlog.cs probe 127.0.0.1:$kafka_port "http://127.0.0.1:$silo_port" "$rate" "$seconds" "$users" "$items"
