#!/usr/bin/env bash
# Checks what this folder holds, without a cluster and without an engine.
#
#   deploy/scripts/check.sh kubernetes   renders every kustomization and checks it against the API's schemas; and that the operator's
#                                        rules are those of deploy/prometheus
#   deploy/scripts/check.sh compose      checks the compose file against the compose specification, and what it mounts into
#                                        containers by those who would read it there, promtool and haproxy
#   deploy/scripts/check.sh pipelines    checks the pipelines against their formats, their shell parts with shellcheck
#   deploy/scripts/check.sh scripts      checks all shell scripts with shellcheck
#   deploy/scripts/check.sh              all of these
#
# Needs kubectl (with kustomize 5), Node.js with npm (20 or later), shellcheck, promtool and haproxy. Exits 77, with what is
# missing on the last line, where it cannot check; renderings are left in artifacts/deploy.
set -euo pipefail
cd "$(dirname "$0")/../.."

PATH=$PWD/artifacts/tools/bin:$PATH
renderings=artifacts/deploy
checks=deploy/checks

cannot() { echo "$1"; exit 77; }
need() { command -v "$1" >/dev/null || cannot "$1 is missing: $2"; }

# The packages that know the formats, as package-lock.json pins them.
install_checks() {
  mkdir -p "$renderings"
  need npm "install Node.js 20 or later"
  local installed=$checks/node_modules/.package-lock.json
  if [ ! -f "$installed" ] || [ "$checks/package-lock.json" -nt "$installed" ]; then
    npm ci --prefix "$checks" --ignore-scripts --no-audit --no-fund >"$renderings/npm.log" 2>&1 ||
      cannot "The packages of $checks could not be installed: $(tail -n 1 "$renderings/npm.log")"
  fi
}

check_kubernetes() {
  need kubectl "https://kubernetes.io/docs/tasks/tools"
  [[ $(kubectl version --client 2>&1) == *'Kustomize Version: v5'* ]] || cannot "kubectl is too old: its kustomize is not version 5"
  diff deploy/kubernetes/components/prometheus/prometheus-rule.yaml <(deploy/scripts/prometheus-rule.sh) || {
    echo "The rules have changed: run deploy/scripts/prometheus-rule.sh >deploy/kubernetes/components/prometheus/prometheus-rule.yaml" >&2
    exit 1
  }
  install_checks
  local name overlay component files=()
  for kustomization in deploy/kubernetes/overlays/*/ deploy/kubernetes/migrate/ deploy/kubernetes/servers/development/; do
    name=$renderings/$(basename "$kustomization").yaml
    kubectl kustomize "$kustomization" >"$name"
    files+=("$name")
  done
  # Components are rendered on top of each overlay that they are for, as an operator would.
  for component in consul-on-node prometheus request-rate; do
    for overlay in cluster split; do
      name=$renderings/$overlay-$component
      mkdir -p "$name"
      printf '%s\n' "resources: [../../../deploy/kubernetes/overlays/$overlay]" "components: [../../../deploy/kubernetes/components/$component]" \
        >"$name/kustomization.yaml"
      kubectl kustomize "$name" >"$name.yaml"
      files+=("$name.yaml")
    done
  done
  node "$checks/schemas.mjs" kubernetes "${files[@]}"
}

check_compose() {
  install_checks
  node "$checks/schemas.mjs" compose deploy/compose/compose.yaml
  # What the containers would refuse at their start.
  need promtool "apt-get install prometheus"
  sed -e "s#/etc/prometheus/rules#$PWD/deploy/prometheus#; s#/run/secrets/lepton#/dev/null#" deploy/compose/prometheus.yml >"$renderings/prometheus.yml"
  promtool check config "$renderings/prometheus.yml"
  need haproxy "apt-get install haproxy"
  sed 's#consul:8600#127.0.0.1:8600#' deploy/compose/haproxy/haproxy.cfg >"$renderings/haproxy.cfg"
  haproxy -c -f "$renderings/haproxy.cfg"
}

check_pipelines() {
  install_checks
  need shellcheck "apt-get install shellcheck"
  node "$checks/schemas.mjs" github .github/workflows/*.yml
  node "$checks/schemas.mjs" gitlab deploy/gitlab/.gitlab-ci.yml
  node "$checks/schemas.mjs" jenkins deploy/jenkins/Jenkinsfile
}

check_scripts() {
  need shellcheck "apt-get install shellcheck"
  git ls-files -z --cached --others --exclude-standard '*.sh' .ci/run | xargs -0 shellcheck --external-sources
}

case ${1:-all} in
  kubernetes) check_kubernetes ;;
  compose) check_compose ;;
  pipelines) check_pipelines ;;
  scripts) check_scripts ;;
  all) check_kubernetes; check_compose; check_pipelines; check_scripts ;;
  *) sed -n '2,15s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
