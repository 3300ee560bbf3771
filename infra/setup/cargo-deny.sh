#!/bin/sh
# Builds cargo-deny into target/tools unless this version is there.
set -eu
cd "$(dirname "$0")/../.."

version=0.20.2
[ "$(target/tools/bin/cargo-deny --version 2> /dev/null)" = "cargo-deny $version" ] && exit 0
echo "darkroom: building cargo-deny $version into target/tools"
cargo install cargo-deny --version "$version" --locked --quiet --root target/tools
