"""Deploys Darkroom on AWS, stack by stack, or prints the commands of the AWS CLI that would.

    deploy.py STAGE RELEASE [--zips FOLDER | --released] [--console FOLDER] [--only STACK] [--look] [--dry-run]
    deploy.py STAGE --customer NAME [--dry-run]

infra/stacks.json has the order. Each parameter of a template is one of infra/parameters/STAGE.json, an output of an
earlier stack, or known only here: the release, Kafka's brokers. `--look` makes change sets and executes none.
`--customer` makes the bucket of a customer who brings none, writes its settings where there are none, and puts its key
into the edge's store. Python alone and the AWS CLI, version 2, with the rights of an administrator.
"""

import argparse
import base64
import json
import re
import secrets
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

INFRA = Path(__file__).resolve().parent
FUNCTIONS = ["delivery", "api", "announce", "consumer"]
FUNCTION_TEXT = "infra/edge/viewer_request.js without the lines that are comments"
FUNCTION_BYTES_MAX = 10240
# What CloudFormation takes without a bucket of templates.
TEMPLATE_BYTES_MAX = 51200
# Until the edge is there.
WITHOUT_EDGE = {"DistributionId": "", "DistributionArn": "arn:aws:cloudfront::000000000000:distribution/NONE"}
CUSTOMER = re.compile(r"[a-z][a-z0-9-]{2,38}")


def parameters_of(template):
    """Names of a template's parameters, and whether each has a default."""
    block = template.split("\nParameters:\n", 1)[1]
    block = re.split(r"\n(?=[A-Z])", block)[0]
    named = re.split(r"^  (\w+):\n", block, flags=re.MULTILINE)[1:]
    has_default = re.compile(r"^    Default:", re.MULTILINE)
    return {name: has_default.search(body) is not None for name, body in zip(named[::2], named[1::2])}


def deployed_function():
    """The edge's function as infra/edge/runtime.mjs has it deployed."""
    lines = (INFRA / "edge/viewer_request.js").read_text().split("\n")
    text = "\n".join(line for line in lines if not re.match(r"\s*//", line))
    if len(text.encode()) > FUNCTION_BYTES_MAX:
        sys.exit(f"viewer_request.js has more than the {FUNCTION_BYTES_MAX} bytes that CloudFront takes")
    return text


def reserved():
    """Names that no customer can have."""
    return re.search(r"RESERVED = `([^`]+)`", deployed_function())[1].split()


def rendered(name):
    """A template as CloudFormation gets it."""
    template = (INFRA / f"{name}.yaml").read_text()
    if FUNCTION_TEXT in template:
        # JSON's strings are YAML's.
        template = template.replace(f'"{FUNCTION_TEXT}"', json.dumps(deployed_function()))
    if len(template.encode()) > TEMPLATE_BYTES_MAX:
        sys.exit(f"{name}.yaml has more than the {TEMPLATE_BYTES_MAX} bytes that CloudFormation takes")
    return template


def arguments_for(template, stack, known):
    """The parameters of a stack, out of what is known so far."""
    arguments, missing = {}, []
    for name, has_default in parameters_of(template).items():
        source = stack.get("rename", {}).get(name, name)
        if source in known:
            arguments[name] = known[source]
        elif not has_default:
            missing.append(name)
    if missing:
        sys.exit(f"{stack['name']}: nobody says what {', '.join(missing)} is")
    return arguments


class Aws:
    """The AWS CLI, or who prints what it would be asked."""

    def __init__(self, dry):
        self.dry = dry

    def __call__(self, *words, answer="", stdin=None):
        """What it prints; `answer` instead where nothing is run."""
        if self.dry:
            print(shlex.join(["aws", *words]))
            return answer
        result = subprocess.run(["aws", *words], input=stdin, text=True, stdout=subprocess.PIPE, check=False)
        if result.returncode:
            sys.exit(f"aws {' '.join(words[:2])} ended with {result.returncode}")
        return result.stdout.strip()

    def exists(self, stack, region):
        """Whether there is such a stack."""
        words = ["aws", "cloudformation", "describe-stacks", "--region", region, "--stack-name", stack]
        return not self.dry and subprocess.run(words, capture_output=True, check=False).returncode == 0

    def outputs(self, stack, region, template):
        """A stack's outputs by name."""
        block = template.split("\nOutputs:\n", 1)[1] if "\nOutputs:\n" in template else ""
        named = {name: f"<{name}>" for name in re.findall(r"^  (\w+):", block, re.MULTILINE)}
        query = "Stacks[0].Outputs || `[]`"
        text = self("cloudformation", "describe-stacks", "--region", region, "--stack-name", stack, "--output", "json",
                    "--query", query, answer="")
        return {each["OutputKey"]: each["OutputValue"] for each in json.loads(text)} if text else named


class Deployment:
    def __init__(self, options):
        self.options, self.aws = options, Aws(options.dry_run)
        self.known = json.loads((INFRA / f"parameters/{options.stage}.json").read_text())
        self.known |= WITHOUT_EDGE | {"Release": options.release or "", "LogBucket": ""}
        self.regions = {"home": self.known["HomeRegion"], "edge": "us-east-1", "replica": self.known["ReplicaRegion"]}

    def stack(self, stack, template_name=None, extra=None):
        """Brings a stack to what its template says, and learns its outputs."""
        name, region = stack["name"], self.regions[stack["region"]]
        full, template = f"darkroom-{self.options.stage}-{name.replace('_', '-')}", rendered(template_name or name)
        arguments = arguments_for(template, stack, self.known | (extra or {}))
        if not self.options.only or self.options.only == name:
            with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
                file.write(template)
                file.flush()
                where = f"infra/{template_name or name}.yaml" if self.options.dry_run else file.name
                self.aws(
                    "cloudformation", "deploy", "--region", region, "--stack-name", full, "--template-file", where,
                    "--capabilities", "CAPABILITY_NAMED_IAM", "--no-fail-on-empty-changeset",
                    *(["--no-execute-changeset"] if self.options.look else []),
                    "--tags", "project=darkroom", f"stage={self.options.stage}", f"component={template_name or name}",
                    *([f"customer={extra['CustomerName']}"] if extra else []),
                    "--parameter-overrides", *(f"{key}={value}" for key, value in arguments.items()),
                )
        self.known |= self.aws.outputs(full, region, template)
        if name == "kafka":
            self.known["KafkaBrokers"] = self.brokers(region)
        if not self.options.look and self.options.only in (None, name):
            getattr(self, f"after_{name}", lambda region: None)(region)

    def all(self):
        edge = f"darkroom-{self.options.stage}-edge"
        had_edge = self.aws.exists(edge, self.regions["edge"])
        if had_edge:
            self.known |= self.aws.outputs(edge, self.regions["edge"], rendered("edge"))
        for stack in json.loads((INFRA / "stacks.json").read_text()):
            # The first time API and edge need each other: some stacks come once more.
            if self.regions[stack["region"]] and not (had_edge and "again" in stack):
                self.stack(stack)

    def brokers(self, region):
        """No resource of CloudFormation's tells them."""
        return self.aws("kafka", "get-bootstrap-brokers", "--region", region, "--cluster-arn", self.known["ClusterArn"],
                        "--query", "BootstrapBrokerStringSaslIam", "--output", "text", answer="<KafkaBrokers>")

    # What CloudFormation has no resource for, in the order of the stacks.

    def after_storage(self, region):
        if self.options.released:
            return
        for function in FUNCTIONS:
            zip_file = f"{self.options.zips}/{function}.zip"
            where = f"s3://{self.known['ReleaseBucket']}/releases/{self.options.release}/{function}.zip"
            self.aws("s3", "cp", "--region", region, "--only-show-errors", zip_file, where)

    def after_tasks(self, region):
        if not self.known["TasksImage"]:
            print("no TasksImage in the parameters yet: push one to", self.known["RepositoryUri"], "and deploy again")
            return
        cluster, subnets = self.known["TasksCluster"], self.known["PrivateSubnets"]
        network = f"awsvpcConfiguration={{subnets=[{subnets}],securityGroups=[{self.known['ClientGroup']}]}}"
        task = self.aws("ecs", "run-task", "--region", region, "--cluster", cluster, "--launch-type", "FARGATE",
                        "--task-definition", f"darkroom-{self.options.stage}-topics", "--network-configuration", network,
                        "--query", "tasks[0].taskArn", "--output", "text", answer="<task>")
        self.aws("ecs", "wait", "tasks-stopped", "--region", region, "--cluster", cluster, "--tasks", task)
        code = self.aws("ecs", "describe-tasks", "--region", region, "--cluster", cluster, "--tasks", task,
                        "--query", "tasks[0].containers[0].exitCode", "--output", "text", answer="0")
        if code != "0":
            sys.exit("the topics are not as they should be; the log is in /darkroom/STAGE/tasks")

    def after_api(self, region):
        self.aws("apigateway", "create-deployment", "--region", region, "--rest-api-id", self.known["ApiId"],
                 "--stage-name", "live", "--description", self.options.release or "")

    def after_edge(self, region):
        secret = self.aws("secretsmanager", "get-secret-value", "--region", self.regions["home"], "--secret-id",
                          self.known["EdgeSecretArn"], "--query", "SecretString", "--output", "text", answer="<secret>")
        self.put_key(".edge-secret", secret)
        # What the page names is there before the page; names have hashes, so what an open page needs stays.
        where = f"s3://{self.known['ConsoleBucket']}/console"
        for what, cached in (("assets", "public, max-age=31536000, immutable"), ("index.html", "no-cache")):
            self.aws("s3", "cp", "--region", region, "--only-show-errors", "--cache-control", cached,
                     *(["--recursive"] if what == "assets" else []), f"{self.options.console}/{what}", f"{where}/{what}")

    def put_key(self, key, value):
        """Into the edge's store. By stdin, so that no list of processes shows it."""
        store = self.known["StoreArn"]
        etag = self.aws("cloudfront-keyvaluestore", "describe-key-value-store", "--kvs-arn", store, "--query", "ETag",
                        "--output", "text", answer="<etag>")
        request = {"KvsARN": store, "Key": key, "Value": value, "IfMatch": etag}
        self.aws("cloudfront-keyvaluestore", "put-key", "--cli-input-json", "file:///dev/stdin", stdin=json.dumps(request))

    def customer(self, name):
        """A customer whose bucket is Darkroom's. Asked again, it changes neither settings nor key."""
        if not CUSTOMER.fullmatch(name) or name in reserved():
            form = "3 to 39 lower-case letters, digits and hyphens that begin with a letter"
            sys.exit(f"'{name}' is not {form}, or means something else")
        for stack in json.loads((INFRA / "stacks.json").read_text()):
            if stack["name"] in ("storage", "edge"):
                region = self.regions[stack["region"]]
                full = f"darkroom-{self.options.stage}-{stack['name']}"
                self.known |= self.aws.outputs(full, region, rendered(stack["name"]))
        self.options.only = None
        for kind, region in (("replica", "replica"), ("customer", "home")):
            if self.regions[region]:
                own = {"CustomerName": name, "BucketKind": kind} | ({"LogBucket": ""} if kind == "replica" else {})
                self.stack({"name": f"{kind}-{name}", "region": region}, "customer_bucket", own)
        self.settings(name)

    def settings(self, name):
        bucket, where = self.known["ServiceBucket"], f"customers/{name}.json"
        home = ["--region", self.regions["home"]]
        found = self.aws("s3api", "list-objects-v2", *home, "--bucket", bucket, "--prefix", where, "--output", "text",
                         "--query", "length(Contents || `[]`)", answer="0")
        if found == "0":
            secret = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode().rstrip("=")
            key = {"kid": secrets.token_hex(4), "secret": secret}
            customer = {"customer": name, "bucket": self.known["CustomerBucket"], "status": "active", "edge_keys": [key]}
            self.aws("s3api", "put-object", *home, "--bucket", bucket, "--key", where, "--if-none-match", "*",
                     "--content-type", "application/json", "--body", "/dev/stdin", stdin=json.dumps(customer))
        else:
            text = self.aws("s3", "cp", *home, f"s3://{bucket}/{where}", "-", answer="{}")
            customer = json.loads(text)
        keys = {key["kid"]: key["secret"] for key in customer["edge_keys"]}
        self.put_key(name, json.dumps({"keys": keys}))


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("stage", choices=["dev", "staging", "prod"])
    arguments.add_argument("release", nargs="?", help="name of the release, such as a tag of git")
    arguments.add_argument("--zips", default="target/lambda/arm64", help="folder of the functions' zips, as `make lambda` leaves it")
    arguments.add_argument("--console", default="target/console", help="folder of the console, as `make console` leaves it")
    arguments.add_argument("--released", action="store_true", help="the release's zips are in the bucket already")
    arguments.add_argument("--only", help="one stack of infra/stacks.json")
    arguments.add_argument("--look", action="store_true", help="make change sets and execute none")
    arguments.add_argument("--customer", help="a customer to add, instead")
    arguments.add_argument("--dry-run", action="store_true", help="print the commands and run none")
    options = arguments.parse_args()
    if not options.customer and not options.release:
        arguments.error("a release has to have a name")
    deployment = Deployment(options)
    if options.customer:
        deployment.customer(options.customer)
    else:
        deployment.all()


if __name__ == "__main__":
    main()
