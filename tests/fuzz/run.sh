#!/bin/bash
# Builds the fuzz targets and runs each, or those named, for so many seconds: tests/fuzz/run.sh SECONDS [TARGET...]
# Logs, corpora and findings stay in target/fuzz. Ends with an error where a target found something.
set -euo pipefail
cd "$(dirname "$0")/../.."

seconds=$1
shift
wanted=" $* "
out=target/fuzz
seed_bytes_max=65536
# Of a target's whole process, and of one allocation, C's too.
memory_max_mb=2048
allocation_max_mb=128
input_timeout_s=10

# C and C++ are instrumented alike, so that the codecs' branches count and their mistakes show.
build() {
    CC=clang CFLAGS="-fsanitize=address,fuzzer-no-link -g1" PATH="$PWD/target/tools/bin:$PATH" \
        cargo +nightly fuzz build --fuzz-dir "tests/fuzz/$1" --target-dir "$out" --sanitizer address
}

# What a target begins with: small fixtures of its format, or texts of its own, and what was found earlier.
seed() {
    local target=$1 to=$2 extension=$1
    case $target in
        jpeg | jpeg_beside_turbo | jpeg_parts) extension=jpg ;;
        probe) extension='*' ;;
    esac
    find fixtures/{images,bad,hostile,metadata} -name "*.$extension" -size "-${seed_bytes_max}c" -exec cp --backup=numbered --target-directory "$to" {} +
    local folder
    for folder in "tests/fuzz/seeds/$target" "tests/fuzz/regressions/$target"; do
        [ ! -d "$folder" ] || cp --target-directory "$to" "$folder"/*
    done
}

fuzz() {
    local target=$1 log="$out/logs/$1.log"
    mkdir -p "$out"/{logs,"corpus/$target","findings/$target"}
    rm -rf "$out/seeds/$target"
    mkdir -p "$out/seeds/$target"
    seed "$target" "$out/seeds/$target"
    local dictionary="tests/fuzz/dictionaries/$target.txt" words=()
    [ ! -f "$dictionary" ] || words=("-dict=$dictionary")
    ASAN_OPTIONS=detect_odr_violation=0:quarantine_size_mb=16:allocator_may_return_null=1 \
        "$out/x86_64-unknown-linux-gnu/release/$target" "$out/corpus/$target" "$out/seeds/$target" \
        -max_total_time="$seconds" -timeout="$input_timeout_s" -rss_limit_mb="$memory_max_mb" \
        -malloc_limit_mb="$allocation_max_mb" -max_len="$seed_bytes_max" -artifact_prefix="$out/findings/$target/" \
        -print_final_stats=1 "${words[@]}" > "$log" 2>&1 && code=0 || code=$?
    local runs edges
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    edges=$(grep --only-matching 'cov: [0-9]*' "$log" | tail -1)
    echo "darkroom: $target: ${runs:-?} inputs, ${edges:-?} edges, $([ "$code" = 0 ] && echo 'nothing found' || echo "FOUND, see $log")"
    return "$code"
}

failed=0
for package in pictures requests; do
    targets=$(sed -n 's|^path = "fuzz_targets/\(.*\)\.rs"$|\1|p' "tests/fuzz/$package/Cargo.toml")
    chosen=
    for target in $targets; do
        if [ "$wanted" = "  " ] || [[ $wanted == *" $target "* ]]; then chosen="$chosen $target"; fi
    done
    [ "$chosen" ] || continue
    echo "darkroom: building the fuzz targets of $package"
    build "$package"
    for target in $chosen; do fuzz "$target" || failed=1; done
done
exit "$failed"
