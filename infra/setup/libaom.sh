#!/bin/sh
# Puts the source of libaom, the AV1 encoder, into target/libaom-VERSION unless it is there.
# Debian 12's own libaom lacks tune=iq (ARCHITECTURE.md). Debian's patches in trixie are left out: they concern layered
# video and first-pass statistics, which a still image does not reach, and upstream's archive outlives their revisions.
set -eu
cd "$(dirname "$0")/../.."

# resizer/build.rs knows the version too.
version=3.12.1
infra/setup/debian_source.sh trixie aom "aom_$version.orig.tar.gz" \
    40c929a41b2a59c24319a699c358351422829b3ae646de31b18cbabed0191962 "target/libaom-$version"
