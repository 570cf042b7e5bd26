#!/usr/bin/env bash
# Runs the kernels' benchmarks of the last release and of this commit one after the other on this machine, and fails where
# one has become slower.
#
#   deploy/scripts/compare-benchmarks.sh [--base TAG] [--filter '*'] [--tolerance 20]
#   deploy/scripts/compare-benchmarks.sh --results BASE_FOLDER FOLDER [--tolerance 20]
#
# TAG is the last release before this commit by default; where there is none there is nothing to compare with, and that is no
# failure. --results compares what was measured before. The tolerance is in percent of the median: machines that others use too
# need one. Fails, too, where nothing was measured or nothing is in both. Needs git, the .NET SDK and jq.
set -euo pipefail
cd "$(dirname "$0")/../.."

usage() { sed -n '2,10s/^# \{0,1\}//p' "$0" >&2; exit 2; }
give_up() { echo "$1" >&2; exit 1; }
base='' filter='*' tolerance=20 results=()
while [ $# -gt 0 ]; do
  case $1 in
    --base | --filter | --tolerance)
      [ $# -ge 2 ] || usage
      printf -v "${1#--}" %s "$2"
      shift 2
      ;;
    --results)
      [ $# -ge 3 ] || usage
      results=("$2" "$3")
      shift 3
      ;;
    *) usage ;;
  esac
done
command -v jq >/dev/null || give_up "jq is missing: apt-get install jq"

# The release before this commit; of a commit that is released itself, the one before that.
last_release() {
  local tag exclude=()
  while read -r tag; do
    exclude+=(--exclude "$tag")
  done < <(git tag --points-at HEAD)
  git describe --tags --abbrev=0 --match 'v*' "${exclude[@]}" 2>/dev/null || true
}

# A build server may have cloned neither the releases' tags nor what is before this commit.
fetch_releases() {
  git remote get-url origin >/dev/null 2>&1 || return 0
  local deepen=()
  [ "$(git rev-parse --is-shallow-repository)" = false ] || deepen=(--unshallow)
  git fetch --quiet --tags "${deepen[@]}" origin || give_up "The releases could not be fetched from origin: clone with tags."
}

# measure SOURCE FOLDER: from the source's own folder, where its projects and nobody else's are found.
measure() {
  echo "Measuring $(git -C "$1" describe --tags --always)"
  (cd "$1" && dotnet run --project bench/Lepton.Orleans.Benchmarks --configuration Release -- \
    --filter "$filter" --job short --exporters json --artifacts "$2")
}

if [ ${#results[@]} -eq 0 ]; then
  if [ -z "$base" ]; then
    base=$(last_release)
    [ -n "$base" ] || { fetch_releases; base=$(last_release); }
  fi
  [ -n "$base" ] || { echo "There is no release to compare with."; exit 0; }
  folder=$PWD/artifacts/benchmarks
  results=("$folder/base" "$folder/this")
  rm -rf "$folder"
  source=$(mktemp -d)
  trap 'git worktree remove --force "$source/base"; rm -rf "$source"' EXIT
  git worktree add --quiet --detach "$source/base" "$base"
  measure "$source/base" "${results[0]}"
  measure . "${results[1]}"
fi

# Benchmarks by name with their medians, and for those that both have the ratio. One that failed has no median.
medians() {
  { [ ! -d "$1" ] || find "$1" -name '*-report-full*.json' -exec cat {} +; } |
    jq --slurp '[.[].Benchmarks[] | select(.Statistics.Median) | {(.FullName): .Statistics.Median}] | add // {}'
}
before=$(medians "${results[0]}")
now=$(medians "${results[1]}")
[ "$before" != '{}' ] || give_up "Nothing was measured of ${base:-${results[0]}}."
[ "$now" != '{}' ] || give_up "Nothing was measured of this commit."
report=$(jq --null-input --raw-output --argjson before "$before" --argjson now "$now" --argjson tolerance "$tolerance" '
  [$now | to_entries[] | select($before[.key]) | {name: .key, ratio: (.value / $before[.key])}]
  | (.[] | "\(if .ratio > 1 + $tolerance / 100 then "slower" else "ok    " end) \(.ratio * 100 | round / 100)x \(.name)"),
    "\(length) compared"')
echo "$report"
! grep -Eq '^(slower|0 compared)' <<<"$report"
