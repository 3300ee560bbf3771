"""What feed.py measures at: a running Darkroom with photographs in it, its Kafka, its feed bucket, and the consumer."""

import itertools
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass

import boto3
import botocore.config
import confluent_kafka
import confluent_kafka.admin

sys.path.append(str(pathlib.Path(__file__).parents[2] / "python"))
import service  # noqa: E402  (it lies beside the tests in Python)

# Uploads are announced behind their answers.
ANNOUNCED_WITHIN_S = 120


@dataclass
class Cost:
    """What a process and its children took."""

    cpu_s: float
    memory_mib: float


def reap(process):
    """What a process and those that it waited for have used, when it has ended."""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{process.args[0]} ended with {process.returncode}")
    return usage


class Stand:
    """A running Darkroom, seen from outside."""

    def __init__(self, darkroom, consumer, data):
        self.darkroom, self.consumer, self.data = darkroom, consumer, data
        printed = subprocess.check_output([darkroom, "env", "--consumer", "--data", data], text=True)
        self.environment = dict(re.findall(r"^export (\w+)='(.*)'$", printed, re.MULTILINE))
        self.bucket = self.environment["FEED_BUCKET"]
        self.kafka = {"bootstrap.servers": self.environment["KAFKA_BROKERS"]}
        self.s3 = boto3.client("s3", endpoint_url=self.environment["AWS_ENDPOINT_URL"],
                               region_name=self.environment["AWS_REGION"],
                               aws_access_key_id=self.environment["AWS_ACCESS_KEY_ID"],
                               aws_secret_access_key=self.environment["AWS_SECRET_ACCESS_KEY"],
                               config=botocore.config.Config(s3={"addressing_style": "path"}))
        self.lives = itertools.count()

    def put(self, folder):
        command = [self.darkroom, "put", "--data", self.data, "--consent", "training", folder]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=service.QUIET)

    def events(self, wanted):
        """Key, value and headers of the events of these files, by the SHA-256 of each."""
        client = confluent_kafka.Consumer(self.kafka | {"group.id": "bench", "enable.auto.commit": False})
        known = client.list_topics("images", timeout=10).topics["images"].partitions
        client.assign([confluent_kafka.TopicPartition("images", number, 0) for number in known])
        found, end = {}, time.monotonic() + ANNOUNCED_WITHIN_S
        while not wanted <= found.keys():
            if time.monotonic() > end:
                raise SystemExit(f"{len(wanted - found.keys())} of {len(wanted)} images were not announced")
            for message in client.consume(1_000, timeout=1):
                event = message.key(), message.value(), message.headers()
                found[json.loads(message.value())["sha256"]] = event
        client.close()
        return found

    def make_topic(self, name, events):
        """A topic of one partition with these events, as they came."""
        admin = confluent_kafka.admin.AdminClient(self.kafka)
        for made in admin.create_topics([confluent_kafka.admin.NewTopic(name, 1, 1)]).values():
            made.result()
        producer = confluent_kafka.Producer(self.kafka | {"enable.idempotence": True})
        for key, value, headers in events:
            producer.produce(name, key=key, value=value, headers=headers)
        if producer.flush(60):
            raise SystemExit(f"Kafka did not take the events of {name}")

    def consume(self, topic, count, staging, outcome):
        """The cost of `consumer run` until it has all of a topic, as if the feed had never seen any of it."""
        self.forget()
        life = f"bench-{next(self.lives)}"
        own = {"KAFKA_TOPIC": topic, "KAFKA_GROUP": life, "FEED_EPOCH": life, "RUST_LOG": "warn,consumer=info"}
        environment = os.environ | self.environment | own | staging
        process = subprocess.Popen([self.consumer, "run"], stdout=subprocess.PIPE, text=True, env=environment)
        try:
            wait_for_commit(process.stdout, count - 1)
            memory_mib = peak_mib(process.pid)
        except BaseException:
            process.kill()
            process.wait()
            raise
        process.send_signal(signal.SIGINT)
        usage = reap(process)
        self.check(f"commits/{life}/{topic}/0/", count, outcome)
        return Cost(usage.ru_utime + usage.ru_stime, memory_mib)

    def forget(self):
        """Removes the markers, by which the feed knows what it has, and the segments, for the disk's sake."""
        for prefix in ("staged/", "segments/"):
            keys = self.objects(prefix)
            for some in (keys[first:first + 1_000] for first in range(0, len(keys), 1_000)):
                self.s3.delete_objects(Bucket=self.bucket, Delete={"Objects": [{"Key": key} for key in some]})

    def check(self, prefix, count, outcome):
        """That the chain has every record, each with the outcome that is measured."""
        commits = [json.load(self.s3.get_object(Bucket=self.bucket, Key=key)["Body"]) for key in self.objects(prefix)]
        outcomes = [record["outcome"] for commit in commits for record in commit["records"]]
        if outcomes != [outcome] * count:
            raise SystemExit(f"{prefix} has {len(outcomes)} records, not {count} that are {outcome}")

    def objects(self, prefix):
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix)
        return [found["Key"] for page in pages for found in page.get("Contents", [])]


def wait_for_commit(log, last):
    """Until the consumer says that it has committed so far. It writes the markers before it says so."""
    for line in log:
        told = json.loads(line)
        if told["level"] != "INFO":
            print(line, end="", file=sys.stderr)
        if told["fields"].get("message") == "committed" and told["fields"].get("last") == last:
            return
    raise SystemExit("the consumer ended before it had committed everything")


def peak_mib(pid):
    """The most memory that a running process had. wait4's is no less than what this one had at the other's start."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024
