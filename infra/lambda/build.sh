#!/bin/sh
# Builds the programs of the Lambda functions for one architecture and packs them: build.sh arm64|x86-64
#
# With Debian's own compilers, which the tests know the codecs by. Debian 12 has glibc 2.36 and the functions have 2.34;
# for these programs one symbol differs (glibc.c), and pack.py looks whether that is still so.
set -eu
cd "$(dirname "$0")/../.."

architecture=$1
case $architecture in
    arm64) processor=aarch64 ;;
    x86-64) processor=x86_64 ;;
    *) echo "darkroom: arm64 or x86-64, not $architecture" >&2 && exit 2 ;;
esac
triple=$processor-unknown-linux-gnu
gnu=$processor-linux-gnu

# librdkafka's build asks for these names alone; HOST_ is for what runs while building.
export CC=$gnu-gcc CXX=$gnu-g++ AR=$gnu-ar HOST_CC=gcc HOST_CXX=g++ HOST_AR=ar
export "CARGO_TARGET_$(echo "$triple" | tr a-z- A-Z_)_LINKER=$PWD/infra/lambda/gcc.sh"
# zlib within the programs; OpenSSL's feature is below.
export LIBZ_SYS_STATIC=1

# These packages alone, not --workspace: no other build shares their folder, and what only one machine and the tests
# need, features too, stays out.
cargo --locked build --profile function --target "$triple" \
    --package resizer-lambda --package ingest --package consumer --package kafka --features kafka/vendored-openssl \
    --bin resizer-lambda --bin api --bin announce --bin consumer-lambda
python3 infra/lambda/pack.py "$architecture" "target/$triple/function"
