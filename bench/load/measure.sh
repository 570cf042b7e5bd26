# shellcheck shell=bash
# What load tests read: requests/s, latencies and processor time. To be sourced.
: "${connections:=32}" "${load_core:=1}"

# load SCENARIO PORT SECONDS: requests/s, p50 ms, p99 ms, failed requests
load() {
  taskset -c "$load_core" wrk --threads 1 --connections "$connections" --duration "$3" --latency --timeout 10s \
    --script "$1.lua" "http://127.0.0.1:$2" | sed -n 's/^RESULT //p'
}

# cpu PID: microseconds of processor time
cpu() { awk '{ printf "%.0f", ($14 + $15) * 10000 }' /proc/"$1"/stat; }

# settle PID: until it is at rest, as far as it ever is
settle() {
  local before after i
  for ((i = 0; i < 30; i++)); do
    before=$(cpu "$1")
    sleep 1
    after=$(cpu "$1")
    [ $((after - before)) -gt 50000 ] || return 0
  done
}

# measure SCENARIO PORT SECONDS PID: what load says, and microseconds of processor time a request
measure() {
  local before after result
  before=$(cpu "$4")
  result=$(load "$1" "$2" "$3")
  settle "$4"
  after=$(cpu "$4")
  awk -v us=$((after - before)) -v s="$3" '{ print $0, us / ($1 * s) }' <<<"$result"
}

# median COLUMN: of the lines on standard input
median() { sort -g -k "$1,$1" | awk -v c="$1" '{ v[NR] = $c } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }
