"""infra/deploy.py against an AWS CLI that writes down what it is asked.

deploy_test.py
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import sources
from template import INFRA, stacks

HERE = Path(__file__).resolve().parent


class Deploying(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.state = Path(self.folder.name)
        aws = self.state / "aws"
        aws.write_text(f'#!/bin/sh\nexec "{sys.executable}" -I -S "{HERE / "fake_aws.py"}" "$@"\n')
        aws.chmod(0o755)

    def had(self):
        """Everything is deployed already."""
        (self.state / "stacks").write_text(
            "\n".join(f"darkroom-staging-{stack['name'].replace('_', '-')}" for stack in stacks())
        )

    def deploy(self, *words, code=0, **environment):
        """The calls that were made."""
        (self.state / "calls").unlink(missing_ok=True)
        environment = (
            os.environ | {"FAKE_AWS": str(self.state), "PATH": f"{self.state}:{os.environ['PATH']}"} | environment
        )
        run = subprocess.run(
            [sys.executable, INFRA / "deploy.py", *words], env=environment, capture_output=True, text=True, check=False
        )
        self.assertEqual(run.returncode, code, run.stderr + run.stdout)
        calls = self.state / "calls"
        return [json.loads(line) for line in calls.read_text().splitlines()] if calls.exists() else []

    @staticmethod
    def deployed(calls):
        """Stacks in their order, with their parameters."""
        found = []
        for words in (call["words"] for call in calls):
            if words[:2] == ["cloudformation", "deploy"]:
                at = words.index("--parameter-overrides")
                pairs = dict(pair.split("=", 1) for pair in words[at + 1 :])
                found.append((words[words.index("--stack-name") + 1].removeprefix("darkroom-staging-"), pairs, words))
        return found

    def test_from_nothing_every_stack_comes_in_its_order(self):
        calls = self.deploy("staging", "r1")
        deployed = self.deployed(calls)
        expected = [stack["name"].replace("_", "-") for stack in stacks() if stack["region"] != "replica"]
        self.assertEqual([name for name, _, _ in deployed], expected)
        functions = [pairs["DistributionId"] for name, pairs, _ in deployed if name == "functions"]
        self.assertEqual(functions, ["", "DistributionId of darkroom-staging-edge"])
        by_name = {name: pairs for name, pairs, _ in deployed}
        self.assertEqual(by_name["workers"]["KafkaBrokers"], "kafka get-bootstrap-brokers")
        self.assertEqual(by_name["edge"]["OriginDomainName"], "OriginDomainName of darkroom-staging-api")
        self.assertEqual(by_name["analytics"]["ResultsBucket"], "QueryBucket of darkroom-staging-storage")
        regions = {name: words[words.index("--region") + 1] for name, _, words in deployed}
        self.assertEqual((regions["edge"], regions["api"]), ("us-east-1", "eu-central-1"))
        copied = [call["words"][-1] for call in calls if call["words"][:2] == ["s3", "cp"] and "--cache-control" in call["words"]]
        home = "s3://ConsoleBucket of darkroom-staging-console/console"
        self.assertEqual(copied, [f"{home}/assets", f"{home}/index.html"])

    def test_a_second_time_no_stack_comes_twice_and_none_forgets_the_edge(self):
        self.had()
        calls = self.deploy("staging", "r2", "--released")
        deployed = self.deployed(calls)
        names = [name for name, _, _ in deployed]
        self.assertEqual(len(names), len(set(names)))
        for name, pairs, _ in deployed:
            if "DistributionId" in pairs:
                self.assertEqual(pairs["DistributionId"], "DistributionId of darkroom-staging-edge", name)
        self.assertFalse([call for call in calls if any(word.endswith(".zip") for word in call["words"])])
        self.assertIn("r2", [pairs.get("Release") for _, pairs, _ in deployed])

    def test_every_stack_says_what_it_costs_for(self):
        self.had()
        for name, _, words in self.deployed(self.deploy("staging", "r1")):
            tags = words[words.index("--tags") + 1 : words.index("--parameter-overrides")]
            self.assertTrue({"project=darkroom", "stage=staging"} < set(tags), name)

    def test_no_secret_is_in_a_list_of_processes(self):
        self.had()
        calls = [*self.deploy("staging", "r1"), *self.deploy("staging", "--customer", "acme")]
        secrets = ["the-secret-of-the-edge", json.loads((self.state / "objects").read_text())["edge_keys"][0]["secret"]]
        for secret in secrets:
            self.assertFalse([call for call in calls if secret in " ".join(call["words"])])
            self.assertTrue([call for call in calls if secret in call["stdin"]])

    def test_what_fails_is_the_end(self):
        deployed = self.deployed(self.deploy("staging", "r1", code=1, FAKE_AWS_FAILS="darkroom-staging-kafka"))
        self.assertEqual([name for name, _, _ in deployed][-1], "kafka")

    def test_looking_changes_nothing(self):
        self.had()
        calls = self.deploy("staging", "r2", "--look")
        for call in calls:
            words = call["words"]
            self.assertTrue(
                words[1] in ("describe-stacks", "get-bootstrap-brokers") or "--no-execute-changeset" in words, words
            )

    def test_one_stack_alone(self):
        self.had()
        self.assertEqual(
            [name for name, _, _ in self.deployed(self.deploy("staging", "r1", "--only", "operations"))], ["operations"]
        )

    def test_a_customer_is_written_once_and_known_to_the_edge(self):
        self.had()
        self.deploy("staging", "--customer", "acme")
        written = (self.state / "objects").read_text()
        calls = self.deploy("staging", "--customer", "acme")
        self.assertEqual((self.state / "objects").read_text(), written)
        customer = json.loads(written)
        key = customer["edge_keys"][0]
        (put,) = [json.loads(call["stdin"]) for call in calls if "put-key" in call["words"]]
        self.assertEqual((put["Key"], json.loads(put["Value"])), ("acme", {"keys": {key["kid"]: key["secret"]}}))
        self.assertRegex(key["kid"], r"^[a-z0-9]+$")
        self.assertRegex(key["secret"], r"^[A-Za-z0-9_-]{43}$")
        # Of customer.rs, what has no default.
        struct = re.search(
            r"pub struct Customer \{(.*?)\n\}", sources.read("ingest/customer/src/customer.rs"), re.DOTALL
        )[1]
        fields = re.findall(r"((?:#\[serde[^\]]*\]\s*)?)(?:///[^\n]*\s*)*pub (\w+):", struct)
        required = {"customer" if name == "id" else name for serde, name in fields if "default" not in serde}
        self.assertTrue(required <= customer.keys(), required - customer.keys())

    def test_names_that_no_customer_can_have_are_refused(self):
        self.had()
        for name in ("Acme", "ab", "a" * 40, "acme/x", "1acme", "admin"):
            self.deploy("staging", "--customer", name, code=1)


if __name__ == "__main__":
    unittest.main(verbosity=0)
