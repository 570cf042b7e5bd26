#!/usr/bin/env bash
# How fast a backlog in Kafka becomes durable state of users, and what memory that takes, with the service on one core and
# broker and Redis on another.
#
#   bench/load/kafka.sh [--messages 1000000] [--users 10000] [--items 2000] [--partitions 8] [--store redis|embedded] [--fsync everysec|always]
#
# Needs taskset, curl, kafka-server (see tests/Lepton.Orleans.ClusterTests/Processes/KafkaProcess.cs) and redis-server. Each
# message is one feedback. Prints what backlog.cs measures.
set -euo pipefail
cd "$(dirname "$0")"
root=$(cd ../.. && pwd)

messages=1000000 users=10000 items=2000 partitions=8 store=redis fsync=everysec
while [ $# -gt 0 ]; do
  case $1 in
    --messages | --users | --items | --partitions | --store | --fsync)
      [ $# -ge 2 ] || { echo "$1 needs a value" >&2; exit 2; }
      printf -v "${1#--}" %s "$2"
      shift 2
      ;;
    *) sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
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
start_silo 0 $silo_port "$root/artifacts/load/silo" "${settings[@]}"
dotnet run backlog.cs drain 127.0.0.1:$kafka_port "$partitions" "$silo_pid"
