"""Seeds each fault of faults.py into templates or code, one at a time, and sees a check of `make test` find it.

    mutate.py [--all]      exits with 1 and names each fault that went through; --all asks every check about every fault

Checks in the order in which they are asked: our rules, the comparison with the code, questions to policies, cfn-lint.
"""

import argparse
import contextlib
import copy
import io
import json
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from unittest import mock

import drift
import policies
import rules
import sources
from cfnlint.api import lint_file
from faults import FAULTS, OF_CODE
from template import all_templates

WITH_ROLES = {"roles", "task_roles", "models", "analytics", "customer", "storage"}


def linted(name, template):
    """What cfn-lint has against a template."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{name}.json"
        path.write_text(json.dumps(template))
        regions = {"edge": ["us-east-1"]}.get(name, ["eu-central-1"])
        with contextlib.redirect_stderr(io.StringIO()):
            return [match.message for match in lint_file(path, {"regions": regions})]


def changed(before, after):
    return [name for name in after if after[name] != before[name]]


def catch(before, after, every, answered):
    """The checks that see the fault; the first, or every one."""
    names, found = changed(before, after), []
    checks = [
        ("rules", lambda: rules.broken(after)),
        ("drift", lambda: drift.differences(after)),
        ("policies", lambda: policies.wrong(after, answered)[0] if WITH_ROLES & set(names) else []),
        ("cfn-lint", lambda: [line for name in names for line in linted(name, after[name])]),
    ]
    for check, ask in checks:
        seen = ask()
        if seen:
            found.append((check, seen[0]))
            if not every:
                break
    return names, found


def of_code(before):
    """Each fault of OF_CODE, and what the comparison says of it."""
    read = sources.read
    for name, path, old, new in OF_CODE:
        text = read(path)
        if text.count(old) < 1:
            yield name, []
            continue
        changed_text = text.replace(old, new, 1)
        with mock.patch.object(sources, "read", lambda asked: changed_text if asked == path else read(asked)):
            yield name, [("drift", line) for line in drift.differences(before)[:1]]


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--all", action="store_true")
    every = arguments.parse_args().all
    began, before, through, by = time.monotonic(), all_templates(), [], Counter()
    sound = [*rules.broken(before), *drift.differences(before), *policies.wrong(before)[0]]
    if sound:
        sys.exit("\n".join([*sound, "there are faults that nobody has seeded"]))
    answered = policies.questions(before)
    for name, seed in FAULTS:
        after = copy.deepcopy(before)
        seed(after)
        names, found = catch(before, after, every, answered)
        if not names:
            through.append(f"{name}: changes nothing")
        elif not found:
            through.append(name)
        by.update(check for check, _ in found)
        print(f"{', '.join(check for check, _ in found) or 'NOBODY':8}  {name}: {found[0][1] if found else ''}"[:200])
    for name, found in of_code(before):
        through.extend([] if found else [name])
        by.update(check for check, _ in found)
        print(f"{', '.join(check for check, _ in found) or 'NOBODY':8}  {name}: {found[0][1] if found else ''}"[:200])
    print(f"{len(FAULTS) + len(OF_CODE)} faults, found by {dict(by)}, {time.monotonic() - began:.0f} s")
    for name in through:
        print(f"went through: {name}", file=sys.stderr)
    sys.exit(bool(through))


if __name__ == "__main__":
    main()
