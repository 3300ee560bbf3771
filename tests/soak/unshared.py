"""Goes on with mounts that nobody else sees, so that nothing is left of them."""

import argparse
import os
import sys


def unshared(parser):
    """What was given, in a process that may mount: as root, or in a user namespace of its own."""
    parser.add_argument("--unshared", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if not given.unshared:
        how = ["--mount"] if os.geteuid() == 0 else ["--user", "--map-root-user", "--mount"]
        os.execvp("unshare", ["unshare", *how, sys.executable, *sys.argv, "--unshared"])
    return given
