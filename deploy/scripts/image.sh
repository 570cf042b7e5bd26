#!/usr/bin/env bash
# Makes the container image and what belongs to it.
#
#   deploy/scripts/image.sh build [IMAGE]   builds it, labelled with version and commit
#   deploy/scripts/image.sh try [IMAGE]     runs it with a new volume and nothing else to write to, until its health check passes and
#                                           a list has come; says how large it is and how long that took
#   deploy/scripts/image.sh sbom            lists the packages that ours is made of: artifacts/image/lepton.cdx.json (CycloneDX)
#   deploy/scripts/image.sh scan [IMAGE]    lists all that is in the image, the system too: artifacts/image/image.cdx.json; and fails where
#                                           something in it has a known hole that is grave and has a fix
#   deploy/scripts/image.sh push [IMAGE]    pushes it
#
# IMAGE is lepton:VERSION by default, and VERSION what git calls this commit. Needs docker; try curl and GNU date; sbom the
# .NET SDK; scan trivy (deploy/scripts/tools.sh trivy).
# try listens on the engine's host, at the ports from LEPTON_TRY_PORT (18890) on.
set -euo pipefail
cd "$(dirname "$0")/../.."

need() { command -v "$1" >/dev/null || { echo "$1 is missing: $2" >&2; exit 1; }; }

version=${LEPTON_VERSION:-$(git describe --tags --always --dirty)}
image=${2:-lepton:${version#v}}
output=artifacts/image
PATH=$PWD/artifacts/tools/bin:$PATH

# As a cluster runs it, on the network of the engine's host, so that nothing has to be forwarded.
try_image() {
  container=lepton-try-$$
  local port=${LEPTON_TRY_PORT:-18890} host=127.0.0.1 began seconds list health
  [[ ${DOCKER_HOST:-} =~ ^tcp://([^:/]+) ]] && host=${BASH_REMATCH[1]}
  trap 'docker rm --force "$container" >/dev/null 2>&1; docker volume rm "$container" >/dev/null 2>&1' EXIT
  docker volume create "$container" >/dev/null
  began=$(date +%s%N)
  docker run --detach --name "$container" --network host --read-only --cap-drop ALL --security-opt no-new-privileges \
    --volume "$container:/data" --env "ASPNETCORE_URLS=http://+:$port" --env "Orleans__Endpoints__SiloPort=$((port + 1))" \
    --env "Orleans__Endpoints__GatewayPort=$((port + 2))" --env Lepton__ApiKeys__0=try --env Lepton__Sample=true "$image" >/dev/null
  # A list with something in it: of the sample, for somebody whom nobody knows.
  await 'no list' list_came
  seconds=$(awk -v ns=$(($(date +%s%N) - began)) 'BEGIN { printf "%.1f", ns / 1e9 }')
  await 'its health check does not pass' is_healthy
  docker stop --time 60 "$container" >/dev/null
  [ "$(docker inspect --format '{{.State.ExitCode}}' "$container")" = 0 ] || { echo "It did not end well." >&2; exit 1; }
  awk -v bytes="$(docker image inspect --format '{{.Size}}' "$image")" -v seconds="$seconds" -v user="$(docker inspect --format '{{.Config.User}}' "$container")" \
    'BEGIN { printf "%.0f MB; the first list after %s s, as user %s with a read-only root file system\n", bytes / 1e6, seconds, user }'
}
list_came() { list=$(curl --silent --fail --max-time 5 --header 'X-API-Key: try' "http://$host:$port/api/recommend/nobody?n=10") && [[ $list == '["'* ]]; }
is_healthy() { health=$(docker inspect --format '{{.State.Health.Status}}' "$container") && [ "$health" = healthy ]; }

# await WHAT COMMAND: until it succeeds, two minutes at the most and only while the container runs.
await() {
  local deadline=$((SECONDS + 120))
  until "$2"; do
    if [ $SECONDS -ge $deadline ] || [ "$(docker inspect --format '{{.State.Running}}' "$container")" != true ]; then
      echo "$image: $1" >&2
      docker logs "$container" >&2
      exit 1
    fi
    sleep .1
  done
}

case ${1:-} in
  build)
    need docker "https://docs.docker.com/engine/install"
    docker build --pull --build-arg VERSION="${version#v}" --build-arg REVISION="$(git rev-parse HEAD)" --tag "$image" .
    ;;
  try)
    need docker "https://docs.docker.com/engine/install"
    need curl "https://curl.se"
    try_image
    ;;
  sbom)
    need dotnet "https://dotnet.microsoft.com/download"
    dotnet tool restore
    dotnet dotnet-CycloneDX src/Lepton.Orleans.Silo/Lepton.Orleans.Silo.csproj --set-name lepton --set-version "${version#v}" \
      --output "$output" --filename lepton.cdx.json --output-format Json
    ;;
  scan)
    need trivy "deploy/scripts/tools.sh trivy"
    mkdir -p "$output"
    trivy image --format cyclonedx --output "$output/image.cdx.json" "$image"
    trivy image --exit-code 1 --severity HIGH,CRITICAL --ignore-unfixed "$image"
    ;;
  push)
    need docker "https://docs.docker.com/engine/install"
    docker push "$image"
    ;;
  *) sed -n '2,14s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
