# shellcheck shell=bash
# Starts and stops what load tests measure. To be sourced; stops everything when the caller ends.

load_pids=()
load_folder=$(mktemp -d)

stop_servers() {
  if [ ${#load_pids[@]} -gt 0 ]; then
    kill "${load_pids[@]}" 2>/dev/null || true
    wait "${load_pids[@]}" 2>/dev/null || true
  fi
  load_pids=()
}
trap 'stop_servers; rm -rf "$load_folder"' EXIT

need() { command -v "$1" >/dev/null || { echo "$1 is missing: apt-get install $2" >&2; exit 1; }; }

# publish PROJECT FOLDER
publish() {
  dotnet publish "$1" --configuration Release --output "$2" --verbosity quiet --nologo -nodeReuse:false
  [ -f "$2/$(basename "$1").dll" ] || { echo "$1 was not published." >&2; exit 1; }
}

# await_http URL LOG: until it answers 200; 90 s at the most, and only while the process started last lives.
await_http() {
  local deadline=$((SECONDS + 90))
  while [ $SECONDS -lt $deadline ] && kill -0 "$started_pid" 2>/dev/null; do
    curl -s -o /dev/null --fail --max-time 5 "$1" && return
    sleep .1
  done
  echo "$1 did not answer." >&2
  tail -n 40 "$2" >&2
  exit 1
}

# start NAME CORES COMMAND…: in the background, pinned, its output in a log.
start() {
  local name=$1 cores=$2
  shift 2
  taskset -c "$cores" "$@" >"$load_folder/$name.log" 2>&1 &
  load_pids+=($!)
  started_pid=$!
}

# start_redis CORES PORT FSYNC
start_redis() {
  mkdir -p "$load_folder/redis"
  start redis "$1" redis-server --port "$2" --bind 127.0.0.1 --dir "$load_folder/redis" --save "" --appendonly yes --appendfsync "$3" \
    --auto-aof-rewrite-percentage 0
  local i
  for ((i = 0; i < 100; i++)); do
    [ "$(redis-cli -p "$2" ping 2>/dev/null)" = PONG ] && return
    sleep .1
  done
  echo "redis-server did not start." >&2
  exit 1
}

# start_silo CORES PORT FOLDER [SETTING=VALUE…]
start_silo() {
  local cores=$1 port=$2 folder=$3
  shift 3
  start silo "$cores" dotnet "$folder/Lepton.Orleans.Silo.dll" --urls "http://127.0.0.1:$port" \
    "--Lepton:DataDirectory=$load_folder/data" --Lepton:Sample=false \
    "--Orleans:Endpoints:SiloPort=$((port + 1))" "--Orleans:Endpoints:GatewayPort=$((port + 2))" "${@/#/--}"
  export silo_pid=$started_pid
  await_http "http://127.0.0.1:$port/api/health/ready" "$load_folder/silo.log"
}

# build_model URL: returns when there is one
build_model() {
  local status
  curl -sf -X POST "$1/api/v2/build" >/dev/null
  until status=$(curl -sf "$1/api/v2/build"); [[ $status == *'"Succeeded"'* ]]; do
    [[ $status == *'"Running"'* ]] || { echo "There is no model: $status" >&2; exit 1; }
    sleep 1
  done
}
