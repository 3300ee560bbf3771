"""The AWS CLI as far as infra/deploy.py uses it: writes down what it is asked, and answers out of $FAKE_AWS.

That folder holds `stacks`, names of those that exist; `calls`, what was asked, with stdin; `objects`, what was put.
"""

import json
import os
import re
import sys
from pathlib import Path

INFRA = Path(__file__).resolve().parents[2] / "infra"
state = Path(os.environ["FAKE_AWS"])
words = sys.argv[1:]
options = dict(zip(words, words[1:] + [""]))
given = "" if sys.stdin.isatty() else sys.stdin.read() if {"put-key", "put-object"} & set(words) else ""


def stack_template(name):
    template = re.sub(r"^darkroom-[a-z]+-", "", name).replace("-", "_")
    return "customer_bucket" if re.match(r"(customer|replica)_[a-z]", template) else template


def outputs(name):
    text = (INFRA / f"{stack_template(name)}.yaml").read_text()
    block = text.split("\nOutputs:\n", 1)[1] if "\nOutputs:\n" in text else ""
    return [
        {"OutputKey": key, "OutputValue": f"{key} of {name}"} for key in re.findall(r"^  (\w+):", block, re.MULTILINE)
    ]


with (state / "calls").open("a") as calls:
    calls.write(json.dumps({"words": words, "stdin": given}) + "\n")
existing = (state / "stacks").read_text().split() if (state / "stacks").exists() else []
if words[:2] == ["cloudformation", "deploy"]:
    if options["--stack-name"] == os.environ.get("FAKE_AWS_FAILS"):
        sys.exit(255)
    (state / "stacks").write_text("\n".join([*existing, options["--stack-name"]]))
elif words[:2] == ["cloudformation", "describe-stacks"]:
    if options["--stack-name"] not in existing:
        sys.exit(254)
    print(json.dumps(outputs(options["--stack-name"])))
elif words[:2] == ["secretsmanager", "get-secret-value"]:
    print("the-secret-of-the-edge")
elif words[:2] == ["ecs", "describe-tasks"]:
    print(os.environ.get("FAKE_AWS_TASK", "0"))
elif words[:2] == ["s3api", "list-objects-v2"]:
    print(int((state / "objects").exists()))
elif words[:2] == ["s3api", "put-object"]:
    (state / "objects").write_text(given)
elif words[:2] == ["s3", "cp"] and words[-1] == "-":
    print((state / "objects").read_text())
else:
    print(" ".join(words[:2]))
