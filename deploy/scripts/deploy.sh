#!/usr/bin/env bash
# Brings an image to a Kubernetes cluster, waits until it serves, and goes back to what was there if it does not.
#
#   deploy/scripts/deploy.sh OVERLAY IMAGE [--namespace NAMESPACE] [--timeout 30m]
#
# OVERLAY is a folder of deploy/kubernetes/overlays, or any folder with a kustomization that uses one; IMAGE has a tag or a
# digest. The namespace is the overlay's own, or lepton. A rollout has failed when no pod of it gets on for as long as its
# Deployment says (progressDeadlineSeconds), or when it takes longer than --timeout, where that is given. Needs kubectl with
# a context that may apply to the namespace.
set -euo pipefail
cd "$(dirname "$0")/../.."

usage() { sed -n '2,9s/^# \{0,1\}//p' "$0" >&2; exit 2; }
[ $# -ge 2 ] || usage
overlay=$1 image=$2
shift 2
namespace='' timeout=0s
while [ $# -gt 0 ]; do
  case $1 in
    --namespace | --timeout)
      [ $# -ge 2 ] || usage
      printf -v "${1#--}" %s "$2"
      shift 2
      ;;
    *) usage ;;
  esac
done

[ -d "deploy/kubernetes/overlays/$overlay" ] && overlay=deploy/kubernetes/overlays/$overlay
[ -d "$overlay" ] || { echo "There is no overlay $overlay." >&2; exit 2; }
PATH=$PWD/artifacts/tools/bin:$PATH
command -v kubectl >/dev/null || { echo "kubectl is missing: deploy/scripts/tools.sh kubectl" >&2; exit 1; }

# The namespaces that the overlay itself puts its Deployments into.
namespaces() {
  kubectl kustomize "$overlay" | awk '
    /^kind: / { kind = $2 }
    /^[^ ]/ { part = $1 }
    kind == "Deployment" && part == "metadata:" && /^  namespace: / { print $2 }' | sort --unique
}
if [ -z "$namespace" ]; then
  namespace=$(namespaces)
  [ "$(wc -l <<<"$namespace")" -eq 1 ] || { echo "$overlay is more than one namespace: ${namespace//$'\n'/, }." >&2; exit 2; }
  namespace=${namespace:-lepton}
fi

# The overlay with this image, without a change of the overlay's own files.
release=artifacts/deploy/release
mkdir -p "$release"
case $image in
  *@*) name=${image%%@*} version="digest: ${image#*@}" ;;
  *) name=${image%:*} version="newTag: \"${image##*:}\"" ;;
esac
cat >"$release/kustomization.yaml" <<END_OF_RELEASE
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: $namespace
resources:
  - $(realpath --relative-to="$release" "$overlay")
images:
  - name: lepton
    newName: $name
    $version
END_OF_RELEASE

# Which revision each deployment is at; nothing where there is none yet.
revisions() {
  kubectl get deployments --namespace "$namespace" --selector app.kubernetes.io/part-of=lepton \
    --output 'jsonpath={range .items[*]}deployment.apps/{.metadata.name} {.metadata.annotations.deployment\.kubernetes\.io/revision}{"\n"}{end}'
}

# observed DEPLOYMENT: until its revision is that of what was applied last.
observed() {
  local generation
  generation=$(kubectl get "$1" --namespace "$namespace" --output 'jsonpath={.metadata.generation}')
  kubectl wait "$1" --namespace "$namespace" --for "jsonpath={.status.observedGeneration}=$generation" --timeout 1m >/dev/null
}

known=$(revisions)
declare -A before=()
while read -r deployment revision; do
  [ -z "$deployment" ] || before[$deployment]=$revision
done <<<"$known"

# What fails half way has changed something.
failed=
kubectl apply --kustomize "$release" || failed="not everything could be applied"
mapfile -t deployments < <(kubectl get deployments --namespace "$namespace" --selector app.kubernetes.io/part-of=lepton --output name)
[ "${#deployments[@]}" -gt 0 ] || { echo "There is nothing in $namespace to wait for." >&2; exit 1; }
if [ -z "$failed" ]; then
  for deployment in "${deployments[@]}"; do
    kubectl rollout status "$deployment" --namespace "$namespace" --timeout "$timeout" || { failed="$deployment is not ready"; break; }
  done
fi
[ -z "$failed" ] && exit 0

# All of them, so that no two versions stay beside each other. What is rolled back still finds its own settings: a ConfigMap's
# name ends in a hash of it, and nothing removes the one before.
echo "$failed: rolling back." >&2
kubectl get pods --namespace "$namespace" --selector app.kubernetes.io/part-of=lepton --output wide >&2 || true
for deployment in "${deployments[@]}"; do
  observed "$deployment" || echo "$deployment: nobody has looked at what was applied." >&2
done
now=$(revisions)
returned=()
while read -r deployment revision; do
  if [ -z "${before[$deployment]:-}" ]; then
    echo "$deployment is new and has nothing to go back to." >&2
  elif [ "${before[$deployment]}" != "$revision" ]; then
    kubectl rollout undo "$deployment" --namespace "$namespace" --to-revision "${before[$deployment]}" && returned+=("$deployment")
  fi
done <<<"$now"
for deployment in "${returned[@]}"; do
  kubectl rollout status "$deployment" --namespace "$namespace" --timeout "$timeout" || true
done
exit 1
