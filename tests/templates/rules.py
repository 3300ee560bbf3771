"""Rules of our own on the templates: what cfn-lint does not look at.

rules.py        exits with 1 and names every breach
"""

import sys
import time

import rules_access
import rules_edge
import rules_running
from template import all_templates

RULES = [*rules_access.RULES, *rules_running.RULES, *rules_edge.RULES]


def broken(templates):
    return [line for rule in RULES for line in rule(templates)]


def main():
    began = time.monotonic()
    found = broken(all_templates())
    for line in found:
        print(line)
    print(f"{len(RULES)} rules, {time.monotonic() - began:.1f} s")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
