#!/bin/sh
# Installs what the package-lock.json of a folder pins: npm.sh FOLDER
set -eu
cd "$(dirname "$0")/../.."
# Whoever has Node from elsewhere has npm with it, and Debian's would not go beside it.
command -v npm > /dev/null || infra/setup/debian.sh npm
cd "$1"
# npm's own note of what is installed, newer than what was asked for.
[ node_modules/.package-lock.json -nt package-lock.json ] && exit 0
echo "darkroom: installing npm packages of $1/package-lock.json"
npm ci --no-audit --no-fund --loglevel error > /dev/null
touch node_modules/.package-lock.json
