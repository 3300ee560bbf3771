#!/bin/sh
# The linker of build.sh: its compiler, with what makes up for the functions' older glibc.
exec "$CC" -O2 -fno-builtin "$(dirname "$0")/glibc.c" "$@"
