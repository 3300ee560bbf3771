#!/bin/sh
# Checks that there is a nightly toolchain with Miri. Installs nothing.
set -eu

cargo +nightly miri --version > /dev/null 2>&1 && exit 0
echo "darkroom: Miri is a part of a nightly compiler: rustup toolchain install nightly --profile minimal --component miri,rust-src" >&2
exit 1
