"""Runs the four functions as Lambda runs them, on a `darkroom up` that stands for AWS.

    lambdas.py --darkroom target/release/darkroom [--functions target/lambda/x86-64] [--only delivery api …]

Without --functions they are the programs beside Darkroom's; with it FOLDER/NAME/bootstrap or FOLDER/NAME.zip. They are
spoken to by a stand-in of Lambda's Runtime API (tests/python/lambdas/runtime.py), with the environment, the time and the
memory of their templates, and frozen between invocations.
"""

import argparse
import os
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from lambdas import api, announce, aws, cargo_lambda, consumer, delivery, stalled
from lambdas.function import programs

PARTS = {"delivery": delivery, "api": api, "announce": announce, "consumer": consumer, "stalled": stalled}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--darkroom", required=True)
    parser.add_argument("--functions", metavar="FOLDER", help="programs that were built for Lambda")
    parser.add_argument("--kafka-jars", default="target/kafka", help="Apache Kafka's")
    parser.add_argument("--cargo-lambda", metavar="PROGRAM", help="asks delivery under it, too")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    given = parser.parse_args()
    binary = os.path.abspath(given.darkroom)
    with tempfile.TemporaryDirectory() as folder:
        found = programs(given.functions, Path(binary).parent, folder)
        with aws.running(binary, os.path.abspath(given.kafka_jars), folder, found) as running:
            # Announce waits for a minute; what stalls has to come last, because it stalls everybody.
            with ThreadPoolExecutor() as beside:
                waiting = [beside.submit(announce.run, running)] if "announce" in given.only else []
                for part in (part for part in PARTS if part in given.only and part not in ("announce", "stalled")):
                    PARTS[part].run(running)
                for one in waiting:
                    one.result()
            if given.cargo_lambda:
                cargo_lambda.run(running, given.cargo_lambda)
            if "stalled" in given.only:
                stalled.run(running)


if __name__ == "__main__":
    main()
