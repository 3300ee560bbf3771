#!/bin/sh
# Builds cargo-fuzz into target/tools unless this version is there, and checks that there is a nightly toolchain.
set -eu
cd "$(dirname "$0")/../.."

version=0.13.2
if ! cargo +nightly --version > /dev/null 2>&1; then
    echo "darkroom: fuzzing needs a nightly compiler: rustup toolchain install nightly --profile minimal" >&2
    exit 1
fi
[ "$(target/tools/bin/cargo-fuzz --version 2> /dev/null)" = "cargo-fuzz $version" ] && exit 0
echo "darkroom: building cargo-fuzz $version into target/tools"
cargo install cargo-fuzz --version "$version" --locked --quiet --root target/tools
