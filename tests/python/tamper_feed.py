"""Tampers with a feed in every way that verify_feed.py has to see, and in some that it has to let pass.

    tamper_feed.py --darkroom target/release/darkroom

Uploads photographs to a `darkroom up` of its own and changes them, waits until its feed has taken all of that in, and
copies the buckets. Each of tests/python/feed/tamperings.py changes a copy in memory, and the verifier reads it. The
feed as it lies there, and a store that does not answer, are for the command. Names what was not seen.
"""

import argparse
import contextlib
import io
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import traceback
import urllib.request
from pathlib import Path
from unittest import mock

import boto3

import service
import verify_feed
from feed.bucket import Bucket
from feed.forgery import Forgery
from feed.memory import Copy, Store
from feed.tamperings import FAULTY, SOUND

PHOTOGRAPHS = Path(__file__).parents[2] / "fixtures" / "images"
WAITED_S = 60


def environment(binary, data):
    """What `darkroom env --consumer` points the verifier at."""
    printed = subprocess.check_output([binary, "env", "--consumer", "--data", data], text=True, env=service.QUIET)
    return dict(re.findall(r"^export (\w+)='(.*)'$", printed, re.MULTILINE))


class Photographs:
    """Those of the demo user, and what the feed knows of them."""

    def __init__(self, url, feed):
        self.url, self.token, self.feed = url, service.sign_in(url), feed
        self.images = [self.upload(path) for path in sorted(PHOTOGRAPHS.glob("small-*"))]

    def upload(self, path):
        return service.upload(self.url, self.token, path.read_bytes(), "consent=training")

    def change(self, image, **fields):
        """Gives an image these fields, or deletes it where there are none."""
        headers = {"authorization": f"Bearer {self.token}", "content-type": "application/json"}
        body, method = (json.dumps(fields).encode(), "PATCH") if fields else (None, "DELETE")
        asked = urllib.request.Request(f"{self.url}/v1/images/{image}", body, headers, method=method)
        urllib.request.urlopen(asked).close()

    def taken_in(self, image):
        """The version that the feed has taken in."""
        return json.loads(self.feed.get(f"staged/demo/{image}.json") or '{"version": 0}')["version"]

    def wait(self, version):
        """Until the feed has taken in this version of all of them."""
        until = time.monotonic() + WAITED_S
        while behind := [image for image in self.images if self.taken_in(image) < version]:
            if time.monotonic() > until:
                raise SystemExit(f"in {WAITED_S} s, version {version} of {behind} did not come to the feed")
            time.sleep(0.1)

    def live(self):
        """Makes three commits or more of each chain: staged, then superseded and staged, then withheld, too."""
        self.wait(1)
        for image in self.images:
            self.change(image, labels=["one"])
            self.change(image, labels=["two"])
        self.wait(3)
        for at, image in enumerate(self.images):
            self.change(image, **({"labels": ["three"]}, {"consent": "none"}, {})[at % 3])
        self.wait(4)


def verified(store, tamper, options):
    """What the verifier says of a copy that was tampered with, and the status that it exits with."""
    forgery = Forgery(store)
    tamper(forgery)
    options = options.format(epoch=forgery.epoch).split()
    settings = {"FEED_EPOCH": "", **dict(option.split("=") for option in options if "=" in option)}
    words = ["--feed", store.feed, "--service", store.service, *(option for option in options if "=" not in option)]
    with mock.patch.dict(os.environ, settings), contextlib.redirect_stdout(io.StringIO()) as said:
        given = verify_feed.arguments(words)
        given.offsets = forgery.held
        status = verify_feed.verify(given, Copy(forgery.buckets, store.feed, forgery.unlisted))
    return status, said.getvalue()


def in_memory(store):
    """For each tampering its name and whether it was seen."""
    for rows, expected, line in ((SOUND, 0, ""), (FAULTY, 1, "^fault: .*")):
        for name, tamper, words, *options in rows:
            try:
                status, said = verified(store, tamper, "".join(options))
            except Exception:
                traceback.print_exc()
                status, said = None, ""
            is_seen = status == expected and re.search(f"{line}{words}", said, re.MULTILINE)
            yield name, is_seen and ("fault: " in said) == bool(expected)


def by_command(store, client, pid, folder):
    """The same of what the command says; it takes the store away in the end."""
    forgery = Forgery(store)
    forgery.hold(forgery.epoch)
    held = Path(folder, "held.json")
    held.write_text(json.dumps(forgery.held))

    def says(status, words, *options, without="?"):
        settings = {name: value for name, value in os.environ.items() if not name.startswith(without)}
        command = [sys.executable, verify_feed.__file__, *options]
        run = subprocess.run(command, capture_output=True, text=True, env=settings)
        quiet, loud = (run.stdout, run.stderr) if status == verify_feed.UNREADABLE else (run.stderr, run.stdout)
        return run.returncode == status and not quiet and re.search(words, loud, re.MULTILINE)

    yield "nothing, by the command", says(0, '"faults": 0}', "--complete", "--json", "--offsets", held)
    client.delete_object(Bucket=store.feed, Key=forgery.segment())
    yield "segment gone from its bucket", says(1, "^fault: segments/.*: is missing$")
    yield "no bucket named", says(2, "FEED_BUCKET has to name a bucket$", without="FEED_BUCKET")
    yield "no bucket of that name", says(2, "^verify_feed.py: .*NoSuchBucket", "--feed", "nobodys")
    yield "no credentials", says(2, r"\A.* Unable to locate credentials\n\Z", without="AWS_ACCESS_KEY_ID")
    os.kill(pid, signal.SIGKILL)
    yield "no answer", says(2, r"\A.* Could not connect .*\n\Z")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--darkroom", required=True)
    binary = os.path.abspath(parser.parse_args().darkroom)
    with tempfile.TemporaryDirectory() as folder, service.started(binary, f"{folder}/data") as (url, pid):
        os.environ.update(environment(binary, f"{folder}/data"), AWS_EC2_METADATA_DISABLED="true")
        client = boto3.client("s3")
        names = [os.environ[f"{whose}_BUCKET"] for whose in ("FEED", "SERVICE", "CUSTOMER")]
        buckets = [Bucket(client, None, name) for name in names]
        Photographs(url, buckets[0]).live()
        copies = {bucket.name: {key: bucket.get(key) for key in bucket.objects()} for bucket in buckets}
        store = Store(copies, *names)
        seen = [*in_memory(store), *by_command(store, client, pid, folder)]
    missed = [name for name, is_seen in seen if not is_seen]
    print(f"{len(seen)} tamperings of a feed:", f"missed {'; '.join(missed)}" if missed else "all seen")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
