#!/usr/bin/env bash
# Brings an image to a Kubernetes cluster, waits until it serves, and goes back to what was there if it does not.
#
#   deploy/scripts/deploy.sh OVERLAY IMAGE [--namespace lepton] [--timeout 10m]
#
# OVERLAY is a folder of deploy/kubernetes/overlays, or any folder with a kustomization that uses one; IMAGE has a tag or a
# digest. Needs kubectl with a context that may apply to the namespace.
set -euo pipefail
cd "$(dirname "$0")/../.."

usage() { sed -n '2,7s/^# \{0,1\}//p' "$0" >&2; exit 2; }
[ $# -ge 2 ] || usage
overlay=$1 image=$2
shift 2
namespace=lepton timeout=10m
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
command -v kubectl >/dev/null || { echo "kubectl is missing: https://kubernetes.io/docs/tasks/tools" >&2; exit 1; }

# The overlay with this image, without a change of the overlay's own files.
release=artifacts/deploy/release
mkdir -p "$release"
case $image in
  *@*) name=${image%%@*} version="digest: ${image#*@}" ;;
  *) name=${image%:*} version="newTag: \"${image##*:}\"" ;;
esac
cat >"$release/kustomization.yaml" <<END
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: $namespace
resources:
  - $(realpath --relative-to="$release" "$overlay")
images:
  - name: lepton
    newName: $name
    $version
END

# Which revision each deployment is at; nothing where there is none yet.
revisions() {
  kubectl get deployments --namespace "$namespace" --selector app.kubernetes.io/part-of=lepton \
    --output 'jsonpath={range .items[*]}deployment.apps/{.metadata.name} {.metadata.annotations.deployment\.kubernetes\.io/revision}{"\n"}{end}'
}
declare -A before=()
while read -r deployment revision; do
  [ -z "$deployment" ] || before[$deployment]=$revision
done < <(revisions)

kubectl apply --kustomize "$release"
mapfile -t deployments < <(kubectl get deployments --namespace "$namespace" --selector app.kubernetes.io/part-of=lepton --output name)
[ "${#deployments[@]}" -gt 0 ] || { echo "There is nothing in $namespace to wait for." >&2; exit 1; }

failed=
for deployment in "${deployments[@]}"; do
  kubectl rollout status "$deployment" --namespace "$namespace" --timeout "$timeout" || { failed=$deployment; break; }
done
[ -z "$failed" ] && exit 0

# All of them, so that no two versions stay beside each other. What is rolled back still finds its own settings: a ConfigMap's
# name ends in a hash of it, and nothing removes the one before.
echo "$failed is not ready within $timeout: rolling back." >&2
kubectl get pods --namespace "$namespace" --selector app.kubernetes.io/part-of=lepton --output wide >&2 || true
while read -r deployment revision; do
  if [ -z "${before[$deployment]:-}" ]; then
    echo "$deployment is new and has nothing to go back to." >&2
  elif [ "${before[$deployment]}" != "$revision" ]; then
    kubectl rollout undo "$deployment" --namespace "$namespace" --to-revision "${before[$deployment]}"
    kubectl rollout status "$deployment" --namespace "$namespace" --timeout "$timeout" || true
  fi
done < <(revisions)
exit 1
