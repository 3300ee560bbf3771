#!/bin/sh
# Installs those of the named Debian packages that are missing, as root or through sudo: debian.sh PACKAGE...
# Asks nothing of the network when none is.
set -eu

stop() {
    echo "darkroom: $*" >&2
    exit 1
}

command -v dpkg-query > /dev/null && command -v apt-get > /dev/null ||
    stop "this is not Debian. Install what corresponds to: $*; then \`cargo build --release -p local\` builds Darkroom."

missing=
for package; do
    dpkg-query --show --showformat='${db:Status-Status}\n' "$package" 2> /dev/null | grep --quiet --line-regexp installed ||
        missing="$missing $package"
done
[ "$missing" ] || exit 0

if [ "$(id -u)" = 0 ]; then
    as_root=
elif command -v sudo > /dev/null; then
    as_root=sudo
else
    stop "Debian packages are missing, and this user is not root and has no sudo. As root: apt-get install$missing"
fi

echo "darkroom: installing Debian packages:$missing"
apt="$as_root env DEBIAN_FRONTEND=noninteractive apt-get"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! { $apt update && $apt install --yes --no-install-recommends $missing; } > "$log" 2>&1; then
    cat "$log" >&2
    stop "apt-get failed; its messages are above. By hand: apt-get update && apt-get install$missing"
fi
