#!/bin/sh
# Builds imgproxy into target/tools unless this version is there. It takes a Go that Debian 12 does not have; without one the
# benchmark does without imgproxy.
set -eu
cd "$(dirname "$0")/../.."

version=4.0.12
program=target/tools/bin/imgproxy
[ "$("$program" version 2> /dev/null)" = "$version" ] && exit 0
if ! command -v go > /dev/null; then
    echo "darkroom: there is no go (1.26), so imgproxy $version is left out"
    exit 0
fi
infra/setup/debian.sh libvips-dev
echo "darkroom: building imgproxy $version into target/tools (5 minutes)"
mkdir -p target/tools/bin
GOBIN="$(mktemp -d)"
export GOBIN
go install "github.com/imgproxy/imgproxy/v4/cli@v$version"
mv "$GOBIN/cli" "$program"
rmdir "$GOBIN"
