"""Shows that soak.py and chaos.py can fail: everything is made wrong once that they look for.

    tamper.py --darkroom target/release/darkroom

Starts the machine of chaos.py, with somebody between clients and service who lies where lies.py says so, or changes
what lies in the buckets. The very check that is meant to see it has to say so; before and after all of it none may say
anything. Three minutes.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "python"))

from check import check, rest  # noqa: E402
from gauges import Gauges  # noqa: E402
from liar import Liar  # noqa: E402
from lies import LIES  # noqa: E402
from stand import standing  # noqa: E402
from traffic import furnish, traffic  # noqa: E402
from unshared import unshared  # noqa: E402

IMAGES, DELETED_AT_LEAST, REST_S = 40, 5, 120


def is_seen(stand, liar, lie):
    faults = lie.found(stand, liar)
    stand.ledger.faults = []
    seen = [fault for fault in faults if fault.startswith(f"{lie.check}: ") and lie.says in fault]
    print(f"{lie.name}: {seen[0][:160] if seen else f'NOT SEEN by {lie.check}, only {faults[:3]}'}", flush=True)
    return bool(seen)


def without_fault(stand):
    """Nobody lies, and nothing is wrong."""
    gauges = Gauges(stand.url, stand.process.pid)
    faults = rest(stand, gauges, REST_S) + stand.ledger.faults + check(stand)
    if faults:
        raise SystemExit("without any lie:\n" + "\n".join(faults[:20]))


def furnished(stand):
    """Some images, some of them deleted."""
    furnish(stand.client, stand.ledger, IMAGES)
    with traffic(stand.client, stand.ledger, workers=2, seed=0):
        while len(stand.ledger.entries) < len(stand.ledger.images) + DELETED_AT_LEAST:
            time.sleep(0.1)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--darkroom", required=True)
    parser.add_argument("--kafka-jars", default="target/kafka", help="Apache Kafka's")
    given = unshared(parser)
    with tempfile.TemporaryDirectory() as folder, standing(given.darkroom, given.kafka_jars, folder) as stand:
        liar = Liar(stand.port)
        stand.client.address = liar.address
        furnished(stand)
        without_fault(stand)
        seen = [is_seen(stand, liar, lie) for lie in LIES]
        without_fault(stand)
    print(f"{sum(seen)} of {len(seen)} lies were seen")
    sys.exit(0 if all(seen) else 1)


if __name__ == "__main__":
    main()
