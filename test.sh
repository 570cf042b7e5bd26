#!/usr/bin/env bash
# Builds everything and runs every test. The last line is "N passed, N failed, N skipped".
#
#   ./test.sh           all tests
#   ./test.sh --long    the same, with soaks: 20 rounds of every fault instead of 2 (LEPTON_LONG=1)
#   ./test.sh --root    the same as root, by sudo: some faults (a network that is cut, a disk that is full) take that
#
# Tests with random choices say LEPTON_SEED=N in their output; the same in the environment repeats them.
# Needs the .NET 10 SDK. Servers that tests start on loopback are installed where they are missing: packages of Debian or
# Ubuntu, and what those have not, or too old, from where it is made (deploy/scripts/tools.sh, into artifacts/tools). Where that
# is not possible their tests are skipped and named. With CI=true a skipped test is a failure.
set -euo pipefail
cd "$(dirname "$0")"

usage() { sed -n '2,11s/^# \{0,1\}//p' "$0"; }
as_root=
for argument in "$@"; do
  case $argument in
    --long) export LEPTON_LONG=1 ;;
    --root) as_root=1 ;;
    -h | --help) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
  esac
done

if [ -n "$as_root" ] && [ "$(id -u)" -ne 0 ]; then
  status=0
  sudo --non-interactive --preserve-env --set-home env "PATH=$PATH" ./test.sh || status=$?
  sudo --non-interactive chown --recursive "$(id -u):$(id -g)" .
  exit "$status"
fi

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 MSBUILDDISABLENODEREUSE=1
configuration=${CONFIGURATION:-Release}
results=$PWD/artifacts/test-results
rm -rf "$results"
mkdir -p "$results"

say() { printf '\n== %s\n' "$*"; }
finish() { printf '%d passed, %d failed, %d skipped\n' "$1" "$2" "$3"; }
give_up() { printf '%s\n' "$1" >&2; finish 0 1 0; exit 1; }

# The server or program "$1" of the Debian package "$2", by whoever may install it.
install_server() {
  command -v "$1" >/dev/null && return
  command -v apt-get >/dev/null || { echo "$1 is missing and there is no apt-get here: tests that need it are skipped."; return; }
  local as=()
  if [ "$(id -u)" -ne 0 ]; then
    if ! sudo -n true 2>/dev/null; then
      echo "$1 is missing and only root can install it (apt-get install $2): tests that need it are skipped."
      return
    fi
    as=(sudo -n)
  fi
  echo "Installing $2"
  if ! { "${as[@]}" apt-get update && "${as[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$2"; } \
    >"$results/install-$2.log" 2>&1; then
    tail -n 5 "$results/install-$2.log"
    echo "$2 could not be installed: tests that need $1 are skipped."
  fi
}

command -v dotnet >/dev/null || give_up "dotnet is missing: install the .NET 10 SDK, https://dotnet.microsoft.com/download"
dotnet --version >/dev/null 2>&1 || give_up "$(dotnet --version 2>&1)"

# Whether there is the program "$1", and not too old for what is asked of it.
has() {
  case $1 in
    kubectl) [[ $(kubectl version --client 2>&1) == *'Kustomize Version: v5'* ]] ;;
    npm) command -v npm && [[ $(node --version) == v[2-9][0-9].* ]] ;;
    *) command -v "$1" ;;
  esac >/dev/null
}

# The program "$1", of which no package is good enough, as the tool "$2" of deploy/scripts/tools.sh.
PATH=$PWD/artifacts/tools/bin:$PATH
install_tool() {
  has "$1" && return
  install_server curl curl
  install_server unzip unzip
  echo "Downloading $2"
  if ! deploy/scripts/tools.sh "$2" >"$results/install-$2.log" 2>&1; then
    tail -n 1 "$results/install-$2.log"
    echo "$2 could not be installed: tests that need $1 are skipped."
  fi
}

say "Servers"
install_server redis-server redis-server
install_tool consul consul
install_tool kafka-server kafka
command -v kafka-server >/dev/null && install_server java openjdk-17-jre-headless
install_server prometheus prometheus
install_server iptables iptables
for server in redis-server consul kafka-server prometheus promtool; do
  printf '%s: %s\n' "$server" "$(command -v "$server" || echo missing)"
done

say "Programs that check what is deployed"
install_tool kubectl kubectl
install_tool npm node
install_server shellcheck shellcheck
install_server haproxy haproxy
install_server jq jq
for program in kubectl npm shellcheck haproxy jq; do
  printf '%s: %s\n' "$program" "$(command -v "$program" || echo missing)"
done

say "Build"
dotnet build Lepton.Orleans.sln --configuration "$configuration" --verbosity minimal || give_up "The build failed."

# run NAME PROJECT [FILTER]: one run of tests, whose results are in NAME.trx.
run() {
  local name=$1 project=$2 status=0
  say "$name"
  dotnet test "$project" --no-build --configuration "$configuration" --verbosity quiet ${3:+--filter "$3"} \
    --results-directory "$results" --logger "trx;LogFileName=$name.trx" --logger "console;verbosity=minimal" || status=1
  [ "$status" -eq 0 ] || echo "$name: the run failed."
  [ -f "$results/$name.trx" ] || echo "$name: no test ran."
  [ "$status" -eq 0 ] || echo "$name" >>"$results/failed-runs"
}

# Servers are mostly waited for, so three lanes run side by side. The first is seen at once, the others when all are done.
cluster_tests=tests/Lepton.Orleans.ClusterTests/Lepton.Orleans.ClusterTests.csproj
faults() { run Lepton.Orleans.ClusterTests.Faults "$cluster_tests" 'FullyQualifiedName~.Faults.&FullyQualifiedName!~.Faults.Kafka'; }
clusters() { run Lepton.Orleans.ClusterTests "$cluster_tests" 'FullyQualifiedName!~.Faults.'; }
others() {
  local project
  for project in tests/*/*.csproj; do
    [ "$project" = "$cluster_tests" ] || run "$(basename "$project" .csproj)" "$project"
  done
  run Lepton.Orleans.ClusterTests.Kafka "$cluster_tests" 'FullyQualifiedName~.Faults.Kafka'
}
touch "$results/failed-runs"
trap 'trap - TERM; kill 0' INT TERM
clusters >"$results/clusters.log" 2>&1 &
others >"$results/others.log" 2>&1 &
faults
wait
cat "$results/others.log" "$results/clusters.log"
failed_runs=$(wc -l <"$results/failed-runs")

count() { cat "$results"/*.trx 2>/dev/null | grep -c "<UnitTestResult $1" || true; }
passed=$(count '[^>]*outcome="Passed"')
skipped=$(count '[^>]*outcome="NotExecuted"')
failed=$(($(count '') - passed - skipped))

# What was acknowledged and what was found, fault by fault.
if grep -Eqs '^(.*<StdOut>)?ledger: ' "$results"/*.trx; then
  say "Ledgers"
  sed -En 's/^(.*<StdOut>)?ledger: //p' "$results"/*.trx | sed 's/&lt;/</g; s/&gt;/>/g; s/&amp;/\&/g'
fi

# name_tests OUTCOME: the tests that ended so, each with the reason. What follows the last result speaks of the whole run.
name_tests() {
  awk -v RS='<UnitTestResult ' -v outcome="outcome=\"$1\"" 'index(substr($0, 1, index($0, ">")), outcome) {
    match($0, /testName="[^"]*"/); name = substr($0, RSTART + 10, RLENGTH - 11)
    reason = match($0, /<Message>[^<]*/) ? substr($0, RSTART + 9, RLENGTH - 9) : match($0, /<StdOut>[^<]*/) ? substr($0, RSTART + 8, RLENGTH - 8) : "no reason given"
    print name ": " reason
  }' "$results"/*.trx
}
if [ "$skipped" -gt 0 ]; then
  say "Skipped"
  name_tests NotExecuted
fi

# A run that broke without naming a test (a crash, a fault while cleaning up) counts as one failure.
[ "$failed_runs" -gt 0 ] && [ "$failed" -eq 0 ] && failed=$failed_runs
status=0
[ "$failed" -eq 0 ] || status=1
[ "$((passed + failed))" -gt 0 ] || { echo "No test ran."; status=1; }
if [ "${CI:-}" = true ] && [ "$skipped" -gt 0 ]; then
  echo "In CI nothing may be skipped."
  status=1
fi

if [ "$(count '[^>]*outcome="Failed"')" -gt 0 ]; then
  say "Failed"
  name_tests Failed
fi

say "Summary"
finish "$passed" "$failed" "$skipped"
exit "$status"
