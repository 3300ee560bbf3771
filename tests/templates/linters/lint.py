"""Has checkov and cfn-guard look at the templates.

    lint.py        exits with 1 and names each finding that skips.json gives no reason for, and each reason without a finding

Run by the Python of linters/requirements.txt. Both ask nothing of the network.
"""

import json
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path

import cfn_guard_rs

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from template import INFRA, all_templates  # noqa: E402


def by_checkov():
    """What failed: check to resources; and how much passed."""
    command = [str(Path(sys.executable).with_name("checkov")), "--directory", str(INFRA), "--framework", "cloudformation",
               "--skip-download", "--compact", "--output", "json"]
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


def by_guard(templates):
    rules = (HERE / "templates.guard").read_text()
    held = 0
    for name, template in templates.items():
        try:
            # JSON has no dates, and keys are texts.
            report = cfn_guard_rs.run_checks(json.loads(json.dumps(template, default=str)), rules)
        except ValueError as error:
            yield f"cfn-guard cannot judge {name}: {error}"
            continue
        held += len(report.compliant)
        for failed in report.not_compliant:
            yield f"cfn-guard {failed.Rule.name if hasattr(failed, 'Rule') else failed.name}: {name}"
    if not held:
        yield "cfn-guard: no rule applied to anything"


def main():
    began, (failed, passed) = time.monotonic(), by_checkov()
    found = [*unreasoned(failed), *by_guard(all_templates())]
    for line in found:
        print(line)
    print(f"checkov: {passed} passed, {sum(map(len, failed.values()))} skipped with a reason; {time.monotonic() - began:.0f} s")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
