#!/usr/bin/env bash
# Puts programs that Debian and Ubuntu have no package of, or only an old one, into artifacts/tools/bin: one version of each, and
# nothing that is not byte by byte what it was when that version was chosen.
#
#   deploy/scripts/tools.sh consul kafka kubectl node trivy     any of them
#   PATH=$PWD/artifacts/tools/bin:$PATH
#
# test.sh does so by itself with what is missing. For Linux on x86-64. Needs curl and tar, for consul unzip; kafka runs on Java 17.
set -euo pipefail
cd "$(dirname "$0")/../.."

tools=$PWD/artifacts/tools
usage() { sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 2; }
give_up() { echo "$1" >&2; exit 1; }

# install_tool NAME VERSION CHECKSUM URL PROGRAM...: unpacks it into a folder of its own and links its programs.
install_tool() {
  local name=$1 version=$2 checksum=$3 url=$4 sum=sha256sum work
  local folder=$tools/$name-$version
  shift 4
  if [ ! -d "$folder" ]; then
    work=$(mktemp -d "$tools/.download.XXXXXX")
    mkdir "$work/content"
    curl --fail --silent --show-error --location --connect-timeout 10 --retry 3 --output "$work/file" "$url" ||
      give_up "$name could not be downloaded from $url"
    [ ${#checksum} -eq 64 ] || sum=sha512sum
    [ "$($sum <"$work/file")" = "$checksum  -" ] || give_up "$url is not what it was when $name $version was chosen: it is not used."
    case $url in
      *.zip) unzip -q "$work/file" -d "$work/content" ;;
      *.tar.gz | *.tgz) tar --extract --gzip --file "$work/file" --directory "$work/content" ;;
      *) install --mode 755 "$work/file" "$work/content/$name" ;;
    esac
    mv "$work/content" "$folder"
    rm -rf "$work"
  fi
  mkdir -p "$tools/bin"
  local program
  for program in "$@"; do
    ln -sfn "$folder/$program" "$tools/bin/$(basename "$program")"
  done
}

[ $# -gt 0 ] || usage
[ "$(uname -sm)" = 'Linux x86_64' ] || give_up "There are programs for Linux on x86-64 here; this is $(uname -sm)."
mkdir -p "$tools"
trap 'rm -rf "$tools"/.download.*' EXIT
for tool in "$@"; do
  case $tool in
    consul)
      # From 1.14 on servers want port 8503 as well, and tests run several on one machine.
      install_tool consul 1.13.3 5370b0b5bf765530e28cb80f90dcb47bd7d6ba78176c1ab2430f56e460ed279c \
        https://releases.hashicorp.com/consul/1.13.3/consul_1.13.3_linux_amd64.zip consul
      ;;
    kafka)
      install_tool kafka 4.2.1 \
        f643e31266268e920aa98ead9a061026c98dac2886932ad468565ba59bcb7fb4f98a4c4f62727367e1bd87515f3b016e6f6ccccad8b12bdef8b091b0fb577170 \
        https://archive.apache.org/dist/kafka/4.2.1/kafka_2.13-4.2.1.tgz
      # What tests call: one node.
      printf '#!/bin/sh\nKAFKA_HOME=%q exec %q "$@"\n' "$tools/kafka-4.2.1/kafka_2.13-4.2.1" "$PWD/deploy/scripts/kafka-server.sh" >"$tools/bin/kafka-server"
      chmod +x "$tools/bin/kafka-server"
      ;;
    kubectl)
      install_tool kubectl 1.33.0 9efe8d3facb23e1618cba36fb1c4e15ac9dc3ed5a2c2e18109e4a66b2bac12dc \
        https://dl.k8s.io/release/v1.33.0/bin/linux/amd64/kubectl kubectl
      ;;
    node)
      install_tool node 22.14.0 9d942932535988091034dc94cc5f42b6dc8784d6366df3a36c4c9ccb3996f0c2 \
        https://nodejs.org/dist/v22.14.0/node-v22.14.0-linux-x64.tar.gz node-v22.14.0-linux-x64/bin/{node,npm,npx}
      ;;
    trivy)
      install_tool trivy 0.70.0 8b4376d5d6befe5c24d503f10ff136d9e0c49f9127a4279fd110b727929a5aa9 \
        https://github.com/aquasecurity/trivy/releases/download/v0.70.0/trivy_0.70.0_Linux-64bit.tar.gz trivy
      ;;
    *) usage ;;
  esac
done
