#!/usr/bin/env bash
# Takes Deployments away, silo by silo: one is gone, and what it held has found its place on those that stay, before the next is told
# to leave. What has their roles has to be there and ready before (deploy/scripts/deploy.sh).
#
#   deploy/scripts/retire.sh DEPLOYMENT... [--namespace NAMESPACE]
#
# One Deployment after the other, as they are named; again, it goes on where it was. The namespace is lepton. Needs kubectl with a
# context that may scale and delete there.
set -euo pipefail
cd "$(dirname "$0")/../.."

usage() { sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 2; }
namespace=lepton deployments=()
while [ $# -gt 0 ]; do
  case $1 in
    --namespace)
      [ $# -ge 2 ] || usage
      namespace=$2
      shift 2
      ;;
    -*) usage ;;
    *)
      deployments+=("$1")
      shift
      ;;
  esac
done
[ "${#deployments[@]}" -gt 0 ] || usage
PATH=$PWD/artifacts/tools/bin:$PATH
command -v kubectl >/dev/null || { echo "kubectl is missing: deploy/scripts/tools.sh kubectl" >&2; exit 1; }
there() { kubectl "$@" --namespace "$namespace"; }

# gone SILOS SELECTOR: until there are no more pods than that; one that leaves is there until it has ended.
gone() {
  local deadline=$((SECONDS + 180)) pods
  # By itself, so that a kubectl that fails ends the script instead of naming no pods.
  while pods=$(there get pods --selector "$2" --output name) || exit 1; [ "$(grep -c . <<<"$pods")" -gt "$1" ]; do
    [ $SECONDS -lt $deadline ] || { echo "A silo of $2 was told to leave and has not ended." >&2; exit 1; }
    sleep 2
  done
}

for deployment in "${deployments[@]}"; do
  known=$(there get deployment "$deployment" --ignore-not-found --output name)
  [ -n "$known" ] || { echo "There is no Deployment $deployment." >&2; continue; }
  # Or it adds what is taken away.
  there delete hpa "$deployment" --ignore-not-found
  silos=$(there get deployment "$deployment" --output 'jsonpath={.spec.replicas}')
  # shellcheck disable=SC2016 # the template's own variables
  selector=$(there get deployment "$deployment" --output 'go-template={{range $name, $value := .spec.selector.matchLabels}}{{$name}}={{$value}},{{end}}')
  # Where this was stopped before, a silo may still be on its way out.
  gone "$silos" "${selector%,}"
  while [ "$silos" -gt 0 ]; do
    silos=$((silos - 1))
    there scale deployment "$deployment" --replicas "$silos"
    gone "$silos" "${selector%,}"
    # Users and shards are spread anew half a minute after a silo has gone.
    sleep 40
  done
  there delete deployment,pdb "$deployment" --ignore-not-found
done
