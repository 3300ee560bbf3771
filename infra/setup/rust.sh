#!/bin/sh
# Checks that the Rust toolchain is at least the workspace's rust-version and has its linters. Installs nothing.
set -eu
cd "$(dirname "$0")/../.."

stop() {
    echo "darkroom: $*" >&2
    exit 1
}

wanted=$(sed -n 's/^rust-version = "\(.*\)"$/\1/p' Cargo.toml)
install="Rust's installer is at https://rustup.rs; with it, \`rustup update stable\` brings the newest."

command -v cargo > /dev/null && command -v rustc > /dev/null ||
    stop "cargo is not in PATH. Darkroom needs Rust $wanted or newer. $install"

found=$(rustc --version | cut -d ' ' -f 2)
printf '%s\n' "$wanted" "$found" | sort --check=quiet --version-sort ||
    stop "this is Rust $found. Darkroom needs $wanted or newer. $install"
