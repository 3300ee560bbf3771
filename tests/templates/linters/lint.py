"""Has checkov and cfn-guard look at the templates.

    lint.py        exits with 1 and names each finding that skips.json gives no reason for, each reason without a finding,
                   and each rule of templates.guard that finds none of the faults of faults.py

Run by the Python of linters/requirements.txt. Both ask nothing of the network.
"""

import copy
import json
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path

import cfn_guard_rs

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from faults import FAULTS  # noqa: E402
from template import INFRA, all_templates  # noqa: E402


def by_checkov():
    """What failed: check to resources; and how much passed."""
    command = [
        str(Path(sys.executable).with_name("checkov")),
        "--directory",
        str(INFRA),
        "--framework",
        "cloudformation",
        "--skip-download",
        "--compact",
        "--output",
        "json",
    ]
    report = json.loads(subprocess.run(command, capture_output=True, text=True, check=False).stdout)
    failed = defaultdict(set)
    for check in report["results"]["failed_checks"]:
        failed[check["check_id"]].add(check["resource"].split(".")[-1])
    if report["results"].get("parsing_errors"):
        sys.exit(f"checkov cannot read {report['results']['parsing_errors']}")
    return failed, report["summary"]["passed"]


def unreasoned(failed):
    skips = json.loads((HERE / "skips.json").read_text())
    for check, resources in sorted(failed.items()):
        for resource in sorted(resources - set(skips.get(check, {}).get("resources", []))):
            yield f"checkov {check}: {resource}"
    for check, skip in skips.items():
        for resource in sorted(set(skip["resources"]) - failed.get(check, set())):
            yield f"skips.json {check}: {resource} is not found any more"


def judged(template):
    """Rules that hold for a template, and those that do not. JSON has no dates, and keys are texts."""
    rules = (HERE / "templates.guard").read_text()
    report = cfn_guard_rs.run_checks(json.loads(json.dumps(template, default=str)), rules)
    return set(report.compliant), {failed.Rule.name for failed in report.not_compliant}


def by_guard(templates):
    for name, template in templates.items():
        for rule in sorted(judged(template)[1]):
            yield f"cfn-guard {rule}: {name}"
    for rule in sorted(blunt(templates)):
        yield f"cfn-guard {rule}: finds no fault of faults.py"


def blunt(before):
    """Rules that no seeded fault breaks."""
    seen, broken = set(), set()
    for template in before.values():
        seen |= judged(template)[0]
    for _, seed in FAULTS:
        after = copy.deepcopy(before)
        seed(after)
        for name in (name for name in after if after[name] != before[name]):
            try:
                broken |= judged(after[name])[1]
            # What is no template any more it cannot read.
            except ValueError:
                continue
    return seen - broken


def main():
    began, (failed, passed) = time.monotonic(), by_checkov()
    found = [*unreasoned(failed), *by_guard(all_templates())]
    for line in found:
        print(line)
    print(
        f"checkov: {passed} passed, {sum(map(len, failed.values()))} skipped with a reason; {time.monotonic() - began:.0f} s"
    )
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
