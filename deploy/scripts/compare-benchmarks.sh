#!/usr/bin/env bash
# Runs the kernels' benchmarks of the last release and of this commit one after the other on this machine, and fails where
# one has become slower.
#
#   deploy/scripts/compare-benchmarks.sh [--base TAG] [--filter '*'] [--tolerance 20]
#   deploy/scripts/compare-benchmarks.sh --results BASE_FOLDER FOLDER [--tolerance 20]
#
# TAG is the last release by default; --results compares what was measured before. The tolerance is in percent of the median:
# machines that others use too need one. Needs git, the .NET SDK and jq.
set -euo pipefail
cd "$(dirname "$0")/../.."

usage() { sed -n '2,9s/^# \{0,1\}//p' "$0" >&2; exit 2; }
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
command -v jq >/dev/null || { echo "jq is missing: apt-get install jq" >&2; exit 1; }

measure() {
  dotnet run --project "$1/bench/Lepton.Orleans.Benchmarks" --configuration Release -- \
    --filter "$filter" --job short --exporters json --artifacts "$2"
}

if [ ${#results[@]} -eq 0 ]; then
  base=${base:-$(git describe --tags --abbrev=0 2>/dev/null || true)}
  [ -n "$base" ] || { echo "There is no release to compare with."; exit 0; }
  folder=$PWD/artifacts/benchmarks
  results=("$folder/base" "$folder/this")
  rm -rf "$folder"
  git worktree prune
  git worktree add --detach "$folder/source" "$base"
  trap 'git worktree remove --force "$folder/source"' EXIT
  measure "$folder/source" "${results[0]}"
  measure . "${results[1]}"
fi

# Benchmarks by name with their medians, and for those that both have the ratio.
medians() { find "$1" -name '*-report-full*.json' -exec cat {} + | jq --slurp '[.[].Benchmarks[] | {(.FullName): .Statistics.Median}] | add // {}'; }
report=$(jq --null-input --raw-output --argjson before "$(medians "${results[0]}")" --argjson now "$(medians "${results[1]}")" --argjson tolerance "$tolerance" '
  [$now | to_entries[] | select($before[.key]) | {name: .key, ratio: (.value / $before[.key])}]
  | (.[] | "\(if .ratio > 1 + $tolerance / 100 then "slower" else "ok    " end) \(.ratio * 100 | round / 100)x \(.name)"),
    "\(length) compared"')
echo "$report"
! grep -q '^slower' <<<"$report"
