#!/usr/bin/env bash
# Makes the container image and what belongs to it.
#
#   deploy/scripts/image.sh build [IMAGE]   builds it, labelled with version and commit
#   deploy/scripts/image.sh sbom            lists what is in it: artifacts/image/lepton.cdx.json (CycloneDX)
#   deploy/scripts/image.sh scan [IMAGE]    fails where something in it has a known hole that is grave and has a fix
#   deploy/scripts/image.sh push [IMAGE]    pushes it
#
# IMAGE is lepton:VERSION by default, and VERSION what git calls this commit. Needs docker; sbom the .NET SDK; scan trivy.
set -euo pipefail
cd "$(dirname "$0")/../.."

need() { command -v "$1" >/dev/null || { echo "$1 is missing: $2" >&2; exit 1; }; }

version=${LEPTON_VERSION:-$(git describe --tags --always --dirty)}
image=${2:-lepton:${version#v}}
output=artifacts/image

case ${1:-} in
  build)
    need docker "https://docs.docker.com/engine/install"
    docker build --pull --build-arg VERSION="${version#v}" --build-arg REVISION="$(git rev-parse HEAD)" --tag "$image" .
    ;;
  sbom)
    need dotnet "https://dotnet.microsoft.com/download"
    dotnet tool restore
    dotnet dotnet-CycloneDX src/Lepton.Orleans.Silo/Lepton.Orleans.Silo.csproj --set-name lepton --set-version "${version#v}" \
      --output "$output" --filename lepton.cdx.json --output-format Json
    ;;
  scan)
    need trivy "https://trivy.dev"
    trivy image --exit-code 1 --severity HIGH,CRITICAL --ignore-unfixed "$image"
    ;;
  push)
    need docker "https://docs.docker.com/engine/install"
    docker push "$image"
    ;;
  *) sed -n '2,9s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
