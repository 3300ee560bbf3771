"""Half an hour of everything at once, and then whether anything was lost, grew, or was not as it should be.

    soak.py --darkroom target/release/darkroom [--minutes 30] [--workers 4]

Starts `darkroom up` with Apache Kafka and a model, on this machine alone. Of what the workers ask nine in ten are
renditions of images that are asked for by Zipf's law, one in ten is an upload, a change, a deletion or a prediction.
Fails where an answer is neither right nor a designed refusal, where the same URL shows other bytes than before or a
deleted image is shown, where memory or open files of the process grow in the second half, where the feed falls behind
or does not come to rest, and where verify_feed.py finds a fault.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "python"))

import service  # noqa: E402, it lies beside the other Python programs
from gauges import Gauges  # noqa: E402
from model import serve_model  # noqa: E402
from traffic import Library, Worker  # noqa: E402

IMAGES = 60
REST_S = 120


def verified(binary, data):
    """What verify_feed.py counts of the feed at rest, in which every record is where it belongs."""
    printed = subprocess.check_output([binary, "env", "--consumer", "--data", data], text=True, env=service.QUIET)
    exports = [line.removeprefix("export ").split("=", 1) for line in printed.splitlines() if line.startswith("export ")]
    variables = {name: value.strip("'\"") for name, value in exports}
    command = [sys.executable, str(HERE.parent / "python" / "verify_feed.py"), "--complete", "--json"]
    run = subprocess.run(command, env=os.environ | variables, capture_output=True, text=True)
    if run.returncode != 0:
        raise SystemExit(f"the feed is not as it should be:\n{run.stdout[-4000:]}{run.stderr}")
    return json.loads(run.stdout.splitlines()[-1])


def run(given, folder):
    data = f"{folder}/data"
    kafka = ["--kafka", "apache", "--kafka-jars", os.path.abspath(given.kafka_jars)]
    with serve_model() as model, service.started(given.darkroom, data, *kafka, "--model", f"animals={model}") as (url, pid):
        library = Library(url)
        for _ in range(IMAGES):
            library.upload()
        gauges, stop = Gauges(url, pid), threading.Event()
        workers = [Worker(library, seed, stop) for seed in range(given.workers)]
        for worker in workers:
            worker.start()
        until = time.monotonic() + given.minutes * 60
        while time.monotonic() < until and not library.faults:
            gauges.read()
            time.sleep(2)
        stop.set()
        for worker in workers:
            worker.join()
        if library.faults:
            raise SystemExit("\n".join(library.faults[:20]))
        gauges.rest(REST_S)
        gauges.hold()
        totals = verified(given.darkroom, data)
    print(f"{sum(library.counts.values())} answers: {json.dumps(dict(sorted(library.counts.items())))}")
    print(f"{len(library.seen)} renditions, each the same {library.repeated} times more; {gauges}")
    print(f"feed: {json.dumps({name: totals[name] for name in ('records', 'staged', 'withheld', 'superseded') if name in totals})}")


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
