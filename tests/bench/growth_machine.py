"""The machine that grows: a `darkroom up` on a folder of its own, what it takes, and how long it takes to answer."""

import contextlib
import http.client
import json
import os
import pathlib
import re
import shlex
import signal
import statistics
import subprocess
import sys
import time
import urllib.parse
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import boto3

HERE = pathlib.Path(__file__).parent
sys.path.append(str(HERE.parent / "python"))
import service  # noqa: E402  (it lies beside the tests in Python)

AT_ONCE = 8
# Other programs disturb some rounds; the quietest one counts. What a request leaves to be done ends within its round.
ROUNDS, OF_ROUND_MIN = 8, 5
# Where the process took less than this of a core within a second, nothing but timers is left to do.
BUSY_MAX, PATIENCE_S = 0.2, 120
# What waits for Kafka is counted every five seconds.
COUNTED_EVERY_S = 5


@dataclass
class Latency:
    """Of requests, one after the other: median and processor time of the quietest round, and the p99 of all."""

    median_ms: float
    cpu_ms: float
    p99_ms: float


class Visitor:
    """One connection."""

    def __init__(self, url):
        self.connection = http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc)

    def ask(self, method, path, token=None, body=None):
        """Headers and bytes of a good answer."""
        headers = {"authorization": f"Bearer {token}"} if token else {}
        if isinstance(body, dict):
            body, headers["content-type"] = json.dumps(body), "application/json"
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        content = answer.read()
        if answer.status >= 300:
            raise SystemExit(f"{method} {path}: {answer.status} {content[:300]}")
        return answer.headers, content


class Machine:
    """A Darkroom that is killed and started again."""

    def __init__(self, darkroom, consumer, folder):
        self.darkroom, self.consumer, self.data = darkroom, consumer, f"{folder}/data"
        self.running = contextlib.ExitStack()

    def start(self):
        """Seconds until it is ready."""
        began = time.perf_counter()
        self.url, self.pid = self.running.enter_context(service.started(self.darkroom, self.data))
        seconds = time.perf_counter() - began
        printed = subprocess.check_output([self.darkroom, "env", "--consumer", "--data", self.data], text=True,
                                          env=service.QUIET)
        words = [shlex.split(line)[1] for line in printed.splitlines() if line.startswith("export ")]
        self.environment = service.QUIET | dict(word.split("=", 1) for word in words)
        self.s3, self.pool = self.client("s3"), self.client("cognito-idp")
        return seconds

    def kill(self):
        os.kill(self.pid, signal.SIGKILL)
        self.running.close()

    def client(self, name):
        return boto3.client(name, endpoint_url=self.environment["AWS_ENDPOINT_URL"],
                            region_name=self.environment["AWS_REGION"],
                            aws_access_key_id=self.environment["AWS_ACCESS_KEY_ID"],
                            aws_secret_access_key=self.environment["AWS_SECRET_ACCESS_KEY"])

    def cpu_s(self):
        """Linux' clock of another process: /proc counts in hundredths of a second."""
        return time.clock_gettime(~self.pid << 3 | 2)

    def memory_mib(self):
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024

    def disk_mib(self):
        return int(subprocess.check_output(["du", "-sk", self.data]).split()[0]) / 1024

    def rest(self):
        """Returns when nothing waits for Kafka or the feed, and little is done."""
        began, before = time.monotonic(), self.cpu_s()
        while time.monotonic() < began + PATIENCE_S:
            time.sleep(1)
            busy, before = self.cpu_s() - before, self.cpu_s()
            if busy < BUSY_MAX and time.monotonic() > began + COUNTED_EVERY_S and self.waiting() == 0:
                return
        print(f"(still busy after {PATIENCE_S} s)", flush=True)

    def waiting(self):
        _, metrics = Visitor(self.url).ask("GET", "/metrics")
        counted = r"^darkroom_(?:outbox_entries|feed_lag_messages)(?:{.*})? (\S+)$"
        return sum(float(value) for value in re.findall(counted, metrics.decode(), re.MULTILINE))

    def verb(self, *words):
        """A verb of the operator's; the seconds it takes, and those of its processor."""
        command = [self.darkroom, *words, "--data", self.data]
        began, before = time.perf_counter(), os.times()
        subprocess.run(command, check=True, env=service.QUIET, stdout=subprocess.DEVNULL)
        after = os.times()
        cpu = after.children_user + after.children_system - before.children_user - before.children_system
        return time.perf_counter() - began, cpu

    def at_once(self, requests):
        """What is answered to each request, some at a time."""
        def one_after_another(part):
            visitor = Visitor(self.url)
            return [visitor.ask(*request)[1] for request in part]

        with ThreadPoolExecutor(AT_ONCE) as threads:
            parts = list(threads.map(one_after_another, [requests[first::AT_ONCE] for first in range(AT_ONCE)]))
        return [parts[number % AT_ONCE][number // AT_ONCE] for number in range(len(requests))]


@contextlib.contextmanager
def on_one_core(machines):
    """What takes less than waking another core does is asked from the core that answers."""
    cores = os.sched_getaffinity(0)
    try:
        run_on({min(cores)}, machines)
        yield
    finally:
        run_on(cores, machines)


def run_on(cores, machines):
    os.sched_setaffinity(0, cores)
    for machine in machines:
        for thread in os.listdir(f"/proc/{machine.pid}/task"):
            with contextlib.suppress(ProcessLookupError):
                os.sched_setaffinity(int(thread), cores)


def in_turn(asked):
    """Of each machine and its requests, as many for each: the latency, and what was answered."""
    visitors = [Visitor(machine.url) for machine, _ in asked]
    rounds, times, answers = ([[] for _ in asked] for _ in range(3))
    each = max(OF_ROUND_MIN, len(asked[0][1]) // ROUNDS)
    for first in range(0, len(asked[0][1]), each):
        for number, (machine, requests) in enumerate(asked):
            before, of_round = machine.cpu_s(), []
            for request in requests[first:first + each]:
                began = time.perf_counter()
                answers[number].append(visitors[number].ask(*request)[1])
                of_round.append((time.perf_counter() - began) * 1e3)
            rounds[number].append((statistics.median(of_round), (machine.cpu_s() - before) * 1e3 / len(of_round)))
            times[number] += of_round
    return [(Latency(*map(min, zip(*own)), sorted(all_times)[len(all_times) * 99 // 100]), said)
            for own, all_times, said in zip(rounds, times, answers)]
