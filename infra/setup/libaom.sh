#!/bin/sh
# Puts the source of libaom, the AV1 encoder, into target/libaom-VERSION unless it is there.
# It comes from Debian trixie's source package through apt, with an apt state of its own: nothing is installed, no
# root is needed, and the system's sources stay as they are. (Debian 12's own libaom lacks tune=iq; see ARCHITECTURE.md.)
# Only upstream's archive is taken: Debian's patches in trixie concern layered video and first-pass statistics, which
# a still image does not reach, and the archive's checksum outlives their revisions.
set -eu
cd "$(dirname "$0")/../.."

# resizer/build.rs knows the version too.
version=3.12.1
sha256=40c929a41b2a59c24319a699c358351422829b3ae646de31b18cbabed0191962
source=target/libaom-$version
[ -e "$source" ] && exit 0

stop() {
    echo "darkroom: $*" >&2
    exit 1
}

echo "darkroom: fetching the source of libaom $version (5.5 MB) from Debian trixie"
mkdir -p target
work=$(mktemp -d "$PWD/target/libaom.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/state/lists/partial" "$work/cache/archives/partial"
cat > "$work/sources.list" << EOF
deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian trixie main
EOF
cat > "$work/apt.conf" << EOF
Dir::Etc::SourceList "$work/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::State "$work/state";
Dir::Cache "$work/cache";
APT::Sandbox::User "$(id -un)";
EOF
cd "$work"
if ! { APT_CONFIG=apt.conf apt-get update && APT_CONFIG=apt.conf apt-get source --download-only --tar-only aom; } > log 2>&1; then
    cat log >&2
    stop "apt-get could not fetch the source of libaom; its messages are above."
fi
archive=aom_$version.orig.tar.gz
echo "$sha256  $archive" | sha256sum --check --status ||
    stop "trixie's source of libaom is not $version with SHA-256 $sha256; infra/setup/libaom.sh pins both."
tar --extract --gzip --file "$archive"
# Moved in one go, so that an interrupted run leaves nothing that looks complete.
mv "aom-$version" "../../$source"
