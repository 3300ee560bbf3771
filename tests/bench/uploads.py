"""Uploads a second and their p99, beside a plain PUT of the same bytes to the same S3 server; and memory meanwhile.

    uploads.py DARKROOM [--seconds 8] [--rounds 3] [--many 10000]

Each upload is a photograph of two megapixels that nobody has uploaded before: one JPEG with another comment each time. An
upload by `POST /v1/images` is hashed, decoded in full, sketched, stored, recorded and announced, and then answered; the
PUT is only stored. Four at a time, in turn. Then as many uploads as --many says, and the memory after each tenth of them.
"""

import argparse
import http.client
import itertools
import pathlib
import statistics
import sys
import tempfile
import threading
import time
import urllib.parse

import boto3
import botocore.config

HERE = pathlib.Path(__file__).parent
sys.path.append(str(HERE.parent / "python"))
import service  # noqa: E402  (it lies beside the tests in Python)

PHOTOGRAPH = HERE.parents[1] / "target" / "bench" / "j2.jpg"
BUCKET, AT_ONCE = "darkroom-customer-demo", 4
numbers = itertools.count()


def photographs():
    """Without end, each other bytes: a comment behind the beginning."""
    file = PHOTOGRAPH.read_bytes()
    while True:
        comment = str(next(numbers)).encode()
        yield file[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + file[2:]


def memory_mib(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024


class Load:
    """Requests of one kind, so many at a time, each of a new photograph."""

    def __init__(self, url, request):
        self.address, self.request = urllib.parse.urlsplit(url).netloc, request
        self.bodies, self.lock, self.times = photographs(), threading.Lock(), []

    def run(self, goes_on):
        def worker():
            connection = http.client.HTTPConnection(self.address)
            while goes_on():
                with self.lock:
                    body = next(self.bodies)
                method, path, headers = self.request()
                start = time.perf_counter()
                connection.request(method, path, body, headers)
                answer = connection.getresponse()
                said = answer.read()
                if answer.status not in (200, 201):
                    raise SystemExit(f"{method} {path}: {answer.status} {said[:200]}")
                self.times.append(time.perf_counter() - start)

        self.times = []
        start = time.perf_counter()
        threads = [threading.Thread(target=worker) for _ in range(AT_ONCE)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return len(self.times) / (time.perf_counter() - start), statistics.quantiles(self.times, n=100)[98] * 1e3

    def seconds(self, seconds):
        end = time.perf_counter() + seconds
        return self.run(lambda: time.perf_counter() < end)

    def count(self, count):
        left = iter(range(count))
        return self.run(lambda: next(left, None) is not None)


def uploads(url, token):
    headers = {"authorization": f"Bearer {token}", "content-type": "image/jpeg"}
    return Load(url, lambda: ("POST", "/v1/images", headers))


def puts(url, folder, darkroom):
    """With addresses that are signed as they are needed."""
    environment = dict(service.environment(darkroom, folder))
    client = boto3.client("s3", endpoint_url=url, region_name=environment["AWS_REGION"],
                          aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
                          aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
                          config=botocore.config.Config(signature_version="s3v4", s3={"addressing_style": "path"}))

    def request():
        key = f"plain/{next(numbers)}"
        signed = client.generate_presigned_url("put_object", {"Bucket": "bench-plain", "Key": key})
        return "PUT", signed.split(urllib.parse.urlsplit(signed).netloc, 1)[1], {}

    client.create_bucket(Bucket="bench-plain")
    return Load(url, request)


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("darkroom")
    options.add_argument("--seconds", type=float, default=8)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--many", type=int, default=10_000)
    options = options.parse_args()
    with tempfile.TemporaryDirectory() as folder, service.started(options.darkroom, f"{folder}/data") as (url, pid):
        both = {"plain PUT": puts(url, f"{folder}/data", options.darkroom), "upload": uploads(url, service.sign_in(url))}
        for load in both.values():
            load.seconds(1)
        found = {name: [] for name in both}
        for _ in range(options.rounds):
            for name, load in both.items():
                found[name].append(load.seconds(options.seconds))
        print("| | a second | p99 ms |\n| --- | --- | --- |")
        medians = {name: [statistics.median(column) for column in zip(*rounds)] for name, rounds in found.items()}
        for name, (per_second, p99) in medians.items():
            print(f"| {name} | {per_second:.1f} | {p99:.0f} |")
        print(f"\nan upload takes {medians['plain PUT'][0] / medians['upload'][0]:.1f} times as long as a plain PUT\n")
        print("| uploads | memory MiB |\n| --- | --- |")
        for tenth in range(1, 11 if options.many else 0):
            # A token lives for an hour, and so may this.
            uploads(url, service.sign_in(url)).count(options.many // 10)
            print(f"| {tenth * options.many // 10} | {memory_mib(pid):.0f} |", flush=True)


if __name__ == "__main__":
    main()
