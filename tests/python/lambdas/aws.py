"""What stands for AWS: a `darkroom up` with Apache Kafka, its customers, and how the functions are told of it.

Customer `demo` and `acme` are known to `darkroom up`, which answers for them beside the functions. `studio` is known to
the functions alone, by a service bucket of theirs: nobody else accepts its uploads or announces its changes.
"""

import contextlib
import itertools
import json
import os
import re
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import boto3

import service

from . import templates
from .function import Function

REGION, TOPIC, EPOCH = "eu-central-1", "images-of-lambda", "lambda"
ROLE = "arn:aws:iam::000000000000:role/darkroom-customer"
OTHERS_SERVICE_BUCKET = "darkroom-service-of-lambda"
PARTITIONS = 4


class Unfollowed(urllib.request.HTTPRedirectHandler):
    """Redirects are answers like others."""

    def redirect_request(self, *_):
        return None


OPENER = urllib.request.build_opener(Unfollowed)


class Aws:
    """A running Darkroom, seen as the services that functions reach."""

    def __init__(self, binary, data, url, pid, programs, log):
        self.binary, self.data, self.url, self.pid = binary, data, url, pid
        self.programs, self.log, self.functions = programs, log, []
        self.environment = dict(service.environment(binary, data))
        self.endpoint, self.brokers = self.environment["AWS_ENDPOINT_URL"], self.environment["KAFKA_BROKERS"]
        self.secrets = json.loads(Path(data, "secrets.json").read_text())
        keys = {"aws_access_key_id": self.environment["AWS_ACCESS_KEY_ID"],
                "aws_secret_access_key": self.environment["AWS_SECRET_ACCESS_KEY"]}
        self.s3 = boto3.client("s3", endpoint_url=self.endpoint, region_name=REGION, **keys)
        self.tokens = {"demo": service.sign_in(url)}
        self.verb("topics", "create", "--partitions", str(PARTITIONS), "--replicas", "1", "--insync-replicas-min", "1",
                  KAFKA_TOPIC=TOPIC, KAFKA_BROKERS=self.brokers)
        for customer in ("acme", "studio"):
            self.add(customer)
        self.move("studio")

    def verb(self, *words, **variables):
        data = [] if words[0] == "topics" else ["--data", self.data]
        command, told = [self.binary, *words, *data], service.QUIET | variables
        run = subprocess.run(command, capture_output=True, text=True, env=told)
        assert run.returncode == 0, (words, run.stdout, run.stderr)
        return run.stdout

    def add(self, customer):
        """A customer with an administrator, and the token of that."""
        user = f"admin@{customer}.example.com"
        self.verb("customer", "add", customer)
        invited = self.verb("user", "add", user, "--customer", customer, "--role", "admin")
        password = invited.split("temporary password: ")[1].split()[0]
        challenge = self.post("/v1/session", {"username": user, "password": password})
        answer = {"username": user, "session": challenge["session"], "new_password": service.PASSWORD}
        self.tokens[customer] = self.post("/v1/session/challenge", answer)["id_token"]

    def move(self, customer):
        """To a service bucket that holds everybody and that `darkroom up` does not read."""
        self.s3.create_bucket(Bucket=OTHERS_SERVICE_BUCKET)
        for found in self.s3.list_objects_v2(Bucket="darkroom-service")["Contents"]:
            source = {"Bucket": "darkroom-service", "Key": found["Key"]}
            self.s3.copy_object(Bucket=OTHERS_SERVICE_BUCKET, Key=found["Key"], CopySource=source)
        self.s3.delete_object(Bucket="darkroom-service", Key=f"customers/{customer}.json")

    def post(self, path, body):
        return service.post(self.url + path, json.dumps(body).encode(), {"content-type": "application/json"})

    def bearer(self, customer):
        return {"Authorization": f"Bearer {self.tokens[customer]}"}

    def upload(self, body, customer="demo", query="consent=training"):
        return service.upload(self.url, self.tokens[customer], body, query)

    def fetch(self, target, headers=(), method="GET", body=None):
        """What `darkroom up` itself answers, or whoever a whole URL names: status, headers, bytes. No redirect is followed."""
        url = target if target.startswith("http") else self.url + target
        asked = urllib.request.Request(url, body, dict(headers), method=method)
        try:
            answer = OPENER.open(asked)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            return answer.status, {name.lower(): value for name, value in answer.headers.items()}, answer.read()

    def keys(self, bucket, prefix=""):
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        return [found["Key"] for page in pages for found in page.get("Contents", [])]

    def function(self, name, kind=None, others=False, **changes):
        """A function as its template has it; `others` has the service bucket where `studio` is, and opens everything."""
        key = self.secrets["operator" if others else "service"]
        values = {
            "SERVICE_BUCKET": OTHERS_SERVICE_BUCKET if others else "darkroom-service",
            "FEED_BUCKET": "darkroom-feed", "CUSTOMER_ROLE_ARN": ROLE, "EDGE_SECRET": self.secrets["edge_secret"],
            "USER_POOL_ISSUER": f"http://localhost:{self.url.rsplit(':', 1)[1]}/eu-central-1_Darkroom1",
            "USER_POOL_CLIENT_ID": "darkroom", "PUBLIC_URL": self.url, "KAFKA_BROKERS": self.brokers,
            "EDGE_DISTRIBUTION_ID": self.environment["EDGE_DISTRIBUTION_ID"], "FEED_EPOCH": EPOCH,
            "DeliveryMemoryMib": 1769,
        }
        variables, timeout_s, memory_mib = templates.settings(kind or name, values)
        # What is elsewhere than at AWS, and the broker without TLS and IAM.
        here = {
            "S3_ENDPOINT": self.endpoint, "STS_ENDPOINT": self.endpoint, "USER_POOL_ENDPOINT": self.endpoint,
            "USER_POOL_JWKS": f"{self.endpoint}/eu-central-1_Darkroom1/.well-known/jwks.json",
            "CLOUDFRONT_ENDPOINT": self.endpoint, "KAFKA_TOPIC": TOPIC,
            "KAFKA_SECURITY_PROTOCOL": "PLAINTEXT", "KAFKA_SASL_MECHANISM": "",
        }
        lambdas = {
            "AWS_LAMBDA_FUNCTION_NAME": f"darkroom-dev-{kind or name}", "AWS_LAMBDA_FUNCTION_VERSION": "1",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(memory_mib), "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/darkroom-dev-{kind or name}", "AWS_LAMBDA_LOG_STREAM_NAME": "1",
            "AWS_EXECUTION_ENV": "AWS_Lambda_provided.al2023", "AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": key["access_key_id"], "AWS_SECRET_ACCESS_KEY": key["secret_access_key"],
            "_HANDLER": "bootstrap", "TZ": ":UTC", "LANG": "en_US.UTF-8", "PATH": "/usr/local/bin:/usr/bin:/bin",
        }
        variables |= here | lambdas | changes
        function = Function(kind or name, self.programs[name], variables, timeout_s, memory_mib, self.log)
        self.functions.append(function)
        return function

    def end(self):
        """No environment is left."""
        while self.functions:
            self.functions.pop().stop()

    def verify_feed(self, *options):
        """What verify_feed.py counts; it has found no fault."""
        verifier = Path(__file__).parents[1] / "verify_feed.py"
        run = subprocess.run([sys.executable, verifier, "--feed", "darkroom-feed", "--json", *options],
                             capture_output=True, text=True, env=os.environ | self.environment)
        assert run.returncode == 0, run.stdout + run.stderr
        return json.loads(run.stdout.splitlines()[-1])


@contextlib.contextmanager
def running(binary, jars, folder, programs):
    """Darkroom with Apache Kafka; what the functions log goes into a file."""
    options = ["--kafka", "apache", "--kafka-jars", jars, "--without-consumer"]
    log, data = Path(folder, "functions.log"), f"{folder}/data"
    with log.open("w") as logged, service.started(binary, data, *options) as (url, pid):
        aws = Aws(binary, data, url, pid, programs, logged)
        try:
            yield aws
        except BaseException:
            print(*itertools.islice(reversed(log.read_text().splitlines()), 20), sep="\n", file=sys.stderr)
            raise
        finally:
            aws.end()


def expect(found, expected, what):
    """Says what was found where it is not what it has to be."""
    assert found == expected, f"{what}: {found!r}, and not {expected!r}"


def matches(pattern, text):
    assert re.search(pattern, text), f"{text!r} does not match {pattern!r}"
