#!/usr/bin/env bash
# Runs one node of Apache Kafka on this machine's loopback, in the foreground: what tests start and kill.
#
#   KAFKA_HOME=FOLDER deploy/scripts/kafka-server.sh DIR PORT [key=value ...]
#
# Clients are served at PORT, the controller at the next one. Data stays in DIR: started there again it goes on with it. A
# key=value goes before what is said here. Needs Java 17.
set -euo pipefail
if [ $# -lt 2 ] || [ -z "${KAFKA_HOME:-}" ]; then sed -n '2,7s/^# \{0,1\}//p' "$0" >&2; exit 2; fi
port=$2
mkdir -p "$1"
dir=$(realpath "$1")
shift 2

# One node has nobody to copy to; tests create their topics as an operator would.
printf '%s\n' node.id=1 process.roles=broker,controller "controller.quorum.voters=1@127.0.0.1:$((port + 1))" \
  "listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$((port + 1))" "advertised.listeners=PLAINTEXT://127.0.0.1:$port" \
  controller.listener.names=CONTROLLER listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT \
  "log.dirs=$dir/log" auto.create.topics.enable=false group.initial.rebalance.delay.ms=0 \
  offsets.topic.replication.factor=1 offsets.topic.num.partitions=4 \
  transaction.state.log.replication.factor=1 transaction.state.log.min.isr=1 transaction.state.log.num.partitions=4 \
  "$@" >"$dir/server.properties"
printf '%s\n' rootLogger.level=warn rootLogger.appenderRef.out.ref=out appender.out.type=Console appender.out.name=out \
  appender.out.layout.type=PatternLayout 'appender.out.layout.pattern=%d %p %c{1}: %m%n' >"$dir/log4j2.properties"
java=(java -Xmx384m -XX:+UseG1GC "-Dlog4j2.configurationFile=$dir/log4j2.properties" -cp "$KAFKA_HOME/libs/*")

# Any id will do: nodes of one cluster have the same, and this cluster is one node.
[ -f "$dir/log/meta.properties" ] ||
  "${java[@]}" kafka.tools.StorageTool format --cluster-id bGVwdG9uLXRlc3QtMDAwMQ --config "$dir/server.properties" >&2
exec "${java[@]}" kafka.Kafka "$dir/server.properties"
