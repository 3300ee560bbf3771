#!/bin/sh
# Unpacks the archive of a Debian source package, as upstream made it, into a folder unless that is there:
# debian_source.sh SUITE PACKAGE ARCHIVE SHA256 FOLDER
# From the mirror that this system uses, through apt with a state of its own: nothing is installed, no root is needed,
# the system's sources stay as they are.
set -eu
suite=$1 package=$2 archive=$3 sha256=$4 folder=$5
[ -e "$folder" ] && exit 0

stop() {
    echo "darkroom: $*" >&2
    exit 1
}

release=$(. /etc/os-release && echo "$VERSION_CODENAME")
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' "Release: $release" 'Component: main' | head -n 1)
[ "$mirror" ] || stop "apt knows no mirror of Debian $release; the source of $package is fetched from one."

echo "darkroom: fetching the source of $package from Debian $suite"
mkdir -p "$(dirname "$folder")"
work=$(mktemp -d "$folder.XXXXXX")
work=$(cd "$work" && pwd)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/state/lists/partial" "$work/cache/archives/partial" "$work/unpacked"
cat > "$work/sources.list" << EOF
deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main
EOF
cat > "$work/apt.conf" << EOF
Dir::Etc::SourceList "$work/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::State "$work/state";
Dir::Cache "$work/cache";
APT::Sandbox::User "$(id -un)";
EOF
export APT_CONFIG="$work/apt.conf"
if ! (cd "$work" && apt-get update && apt-get source --download-only --tar-only "$package") > "$work/log" 2>&1; then
    cat "$work/log" >&2
    stop "apt-get could not fetch the source of $package; its messages are above."
fi
echo "$sha256  $work/$archive" | sha256sum --check --status ||
    stop "$suite's source of $package is not $archive with SHA-256 $sha256."
tar --extract --gzip --strip-components 1 --directory "$work/unpacked" --file "$work/$archive"
# Moved in one go, so that an interrupted run leaves nothing that looks complete.
mv "$work/unpacked" "$folder"
