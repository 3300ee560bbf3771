#!/bin/sh
# Adds Rust's standard library for an architecture to the toolchain unless it has it: rust_std.sh TRIPLE...
set -eu
cd "$(dirname "$0")/../.."

for triple; do
    [ -d "$(rustc --print sysroot)/lib/rustlib/$triple/lib" ] && continue
    if ! command -v rustup > /dev/null; then
        echo "darkroom: this Rust has no standard library for $triple, and there is no rustup to add it with" >&2
        exit 1
    fi
    echo "darkroom: adding Rust's standard library for $triple"
    rustup --quiet target add "$triple"
done
