"""Half an hour of everything at once, and then whether anything was lost, grew, or was not as it should be.

    soak.py --darkroom target/release/darkroom [--minutes 30] [--workers 4]

Starts `darkroom up` with Apache Kafka and a model, on this machine alone. Of what the workers ask nine in ten are
renditions of images that are asked for by Zipf's law, one in ten is an upload, a change, a deletion or a prediction.
Fails where an answer is neither right nor a designed refusal, where the same URL shows other bytes than before or a
deleted image is shown, where memory or open files of the process grow in the second half, where the feed falls behind
or does not come to rest, and where check.py does not find what was acknowledged.
"""

import argparse
import contextlib
import json
import os
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "python"))

import service  # noqa: E402, it lies beside the other Python programs
from check import check, rest  # noqa: E402
from client import Client  # noqa: E402
from gauges import Gauges  # noqa: E402
from ledger import Ledger  # noqa: E402
from model import serve_model  # noqa: E402
from place import Place  # noqa: E402
from traffic import furnish, traffic  # noqa: E402

IMAGES = 60
READ_EVERY_S, REST_S = 2, 120


@contextlib.contextmanager
def soaked(given, folder):
    """A Darkroom that nobody has asked for anything yet, and its gauges."""
    data = f"{folder}/data"
    with serve_model() as model:
        jars = os.path.abspath(given.kafka_jars)
        options = ["--model", f"animals={model}", "--kafka", "apache", "--kafka-jars", jars]
        with service.started(given.darkroom, data, *options) as (url, pid):
            public = url.removeprefix("http://")
            client = Client(public.replace("localhost", "127.0.0.1"), public)
            yield Place(given.darkroom, data, client, Ledger()), Gauges(url, pid)


def ask(place, gauges, given):
    """For as long as is wanted, or until an answer is wrong."""
    until = time.monotonic() + given.minutes * 60
    with traffic(place.client, place.ledger, given.workers, seed=0):
        while time.monotonic() < until and not place.ledger.faults:
            gauges.read()
            time.sleep(READ_EVERY_S)


def run(given, folder):
    with soaked(given, folder) as (place, gauges):
        furnish(place.client, place.ledger, IMAGES)
        ask(place, gauges, given)
        faults = place.ledger.faults or [*rest(place, gauges, REST_S), *gauges.hold(), *check(place)]
        if faults:
            raise SystemExit("\n".join(faults[:20]))
    counts, seen = place.client.counts, sum(len(entry.seen) for entry in place.ledger.entries.values())
    print(f"{counts.total()} answers: {json.dumps(dict(sorted(counts.items())))}")
    print(f"{seen} renditions, each the same {place.ledger.repeated} times more; {gauges}")
    print(place)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--darkroom", required=True)
    parser.add_argument("--kafka-jars", default="target/kafka", help="Apache Kafka's")
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--workers", type=int, default=4)
    given = parser.parse_args()
    given.darkroom = os.path.abspath(given.darkroom)
    with tempfile.TemporaryDirectory() as folder:
        run(given, folder)


if __name__ == "__main__":
    main()
