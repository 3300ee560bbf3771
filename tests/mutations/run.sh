#!/usr/bin/env bash
# Takes away one guard after another, and holds that a test sees each.
#
#     run.sh [PATCH...]
#
# A patch begins with the guard that it removes and with the test that has to fail: a test target and a filter. It is
# applied in place and taken back, so what it touches must be committed.
set -euo pipefail
cd "$(dirname "$0")/../.."

# What a patch makes cargo build anew is built quickly: nobody waits for it to run.
UNOPTIMISED=()
for package in consumer customer ingest local resizer-lambda; do UNOPTIMISED+=(--config "profile.release.package.$package.opt-level=0"); done

applied=
restore() { [ -z "$applied" ] || git apply --reverse "$applied"; applied=; }
trap restore EXIT
trap 'exit 130' INT TERM

sees() {
    local target filter
    read -r target filter < <(sed -n 's/^Seen by: //p' "$1")
    # Some tests start the program.
    cargo --locked "${UNOPTIMISED[@]}" build --release --quiet --workspace --bin darkroom --example render \
        > target/mutation.log 2>&1 &&
        ! cargo --locked "${UNOPTIMISED[@]}" test --release --quiet --workspace --test "$target" -- "$filter" \
            > target/mutation.log 2>&1 &&
        grep -q '^test result: FAILED' target/mutation.log
}

[ $# -gt 0 ] || set -- tests/mutations/*.patch
git diff --quiet HEAD -- $(sed -n 's|^--- a/||p' "$@") || { echo "commit your changes first" >&2; exit 2; }
missed=0
for patch in "$@"; do
    git apply "$patch"
    applied=$patch
    if sees "$patch"; then echo "seen    $(head -1 "$patch")"; else
        echo "MISSED  $(head -1 "$patch") ($patch; target/mutation.log)"
        missed=$((missed + 1))
    fi
    restore
done
echo "$# guards were taken away, $missed of them unseen"
[ "$missed" -eq 0 ]
