"""What can happen to one machine while it is used, and after each whether all is there that was acknowledged.

    chaos.py --darkroom target/release/darkroom [--fault NAME ...] [--seconds 20] [--workers 4]

Starts Apache Kafka and `darkroom up`, has the workers of the soak ask for everything at once, and does to both what
faults.py lists. While a fault lasts requests may fail, but none may be answered wrongly: another picture, a deleted
one, "not found" for what is there. Before and after it none may fail. Then the traffic ends, all comes to rest, and
check.py holds buckets, topic, feed and a snapshot against what was acknowledged. A fault that nobody notices fails,
too. Mounts are the rig's own: it unshares them, as root or in a user namespace.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "python"))

from check import check, rest  # noqa: E402
from faults import FAULTS, Harmless  # noqa: E402
from gauges import Gauges  # noqa: E402
from stand import standing  # noqa: E402
from traffic import furnish, traffic  # noqa: E402
from unshared import unshared  # noqa: E402

# Where each look waits for something, there are changes all the same.
IMAGES, WRITERS = 40, 2
CALM_S, GRACE_S, REST_S, TOLD_MAX = 4, 5, 180, 20


def run(stand, name, given):
    """All that is wrong after one fault, of which a line is printed."""
    client, ledger, began = stand.client, stand.ledger, time.monotonic()
    before = client.counts.total()
    with traffic(client, ledger, given.workers, seed=int(began), writers=WRITERS):
        time.sleep(CALM_S)
        with client.disturbed(GRACE_S):
            evidence = FAULTS[name](stand, given.seconds)
        time.sleep(CALM_S)
    ended, asked = time.monotonic(), client.counts.total() - before
    faults = rest(stand, Gauges(stand.url, stand.process.pid), REST_S)
    rested = time.monotonic() - ended
    faults += ledger.faults + check(stand)
    print(f"{name}: {evidence}; {asked} answers, at rest after {rested:.0f} s; {stand}; "
          f"{time.monotonic() - began:.0f} s, {len(faults)} faults", flush=True)
    return faults


def run_all(given):
    """Goes on after a fault that was not survived, with a program that is started anew."""
    failed = []
    with tempfile.TemporaryDirectory() as folder, standing(given.darkroom, given.kafka_jars, folder) as stand:
        furnish(stand.client, stand.ledger, IMAGES)
        for name in given.fault or FAULTS:
            faults = survived(stand, name, given)
            if faults:
                failed.append(name)
                told = "\n".join(faults[:TOLD_MAX])
                print(f"{name}: {len(faults)} faults\n{told}\nThe program's log ends so:\n{stand.said()}", flush=True)
                stand.ledger.faults = []
                stand.kill()
                stand.start()
    print(f"{stand.client.counts.total()} answers: {dict(sorted(stand.client.counts.items()))}")
    if failed:
        raise SystemExit(f"not survived: {', '.join(failed)}")


def survived(stand, name, given):
    """What is wrong after it."""
    try:
        return run(stand, name, given)
    except Harmless as nothing:
        return [f"evidence: {nothing}", *stand.ledger.faults]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--darkroom", required=True)
    parser.add_argument("--kafka-jars", default="target/kafka", help="Apache Kafka's")
    parser.add_argument("--fault", action="append", choices=FAULTS, help="only this, and others named so")
    parser.add_argument("--seconds", type=float, default=20, help="of each fault, where it has no length of its own")
    parser.add_argument("--workers", type=int, default=4)
    run_all(unshared(parser))


if __name__ == "__main__":
    main()
