#!/bin/sh
# The linker of build.sh: its compiler, with what makes up for the functions' older glibc. rustc knows by the name of this
# file which options it takes.
exec "$CC" -O2 -fPIC -fno-builtin "$(dirname "$0")/glibc.c" "$@"
