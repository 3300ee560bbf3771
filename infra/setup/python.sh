#!/bin/sh
# Makes a Python environment from FOLDER/requirements.txt, anew when that file changed. Asks nothing of the network
# otherwise.
#
#     python.sh FOLDER ENVIRONMENT
set -eu
cd "$(dirname "$0")/../.."

requirements=$1/requirements.txt
venv=$2
# Inside the environment, and written last: an interrupted set-up leaves none.
made_from=$venv/requirements.sha256
sha256sum --check --status "$made_from" 2> /dev/null && exit 0

echo "darkroom: installing Python packages of $requirements into $venv"
# Debian's Python, whatever else comes first in PATH: the pins were resolved for it.
/usr/bin/python3 -m venv --clear "$venv"
# The file pins every package, dependencies too; --no-deps refuses to add any other, `check` finds one forgotten.
"$venv/bin/pip" --disable-pip-version-check --quiet install --no-deps --requirement "$requirements"
"$venv/bin/pip" --disable-pip-version-check check > /dev/null
sha256sum "$requirements" > "$made_from"
