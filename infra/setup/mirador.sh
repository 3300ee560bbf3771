#!/bin/sh
# Puts Mirador, as it is published, into target/tools/mirador. Not as a dependency: npm would fetch all that it was made
# of beside it.
set -eu
cd "$(dirname "$0")/../.."

version=4.0.0
sha256=ac2423944bd52ffb5a0fc02ff280c117fe39433fac56e50c0b79f0d1ca7c57e6
folder=target/tools/mirador
[ -e "$folder/$version" ] && exit 0
command -v npm > /dev/null || infra/setup/debian.sh npm
echo "darkroom: fetching Mirador $version into $folder"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
npm pack --silent --pack-destination "$scratch" "mirador@$version" > /dev/null
echo "$sha256  $scratch/mirador-$version.tgz" | sha256sum --check --quiet
mkdir -p "$folder"
tar -xzf "$scratch/mirador-$version.tgz" -C "$folder" --strip-components 2 package/dist/mirador.min.js
touch "$folder/$version"
