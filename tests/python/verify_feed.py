"""Holds the feed against what its commit chains promise, from nothing but the objects that lie in the buckets.

    eval "$(target/release/darkroom env --consumer)"
    verify_feed.py [--feed BUCKET] [--service BUCKET] [--epoch E ...] [--complete] [--offsets FILE] [--json]

Every commit, amendment and order to erase, every segment's tar, every marker and checkpoint is read. There is a line
for each chain, one that begins with "fault:" for each promise that is broken, and one for the whole feed; the exit
status is 1 where there is a fault, and 2 where the feed could not be read. "gone" are offsets within a repair's range
that it has not taken in: Kafka no longer had them. They, gaps that no repair has filled, and segments that neither a
commit nor an amendment names (orphans) are counted, and are no faults, unless an orphan has what is to be erased.
"erased" are samples that amendments took out of segments; whether nothing else shows them is for verify_erasure.py.

    --epoch     holds only these epochs' chains to their promises; what others have taken in still counts as taken in
    --complete  reads every customer's records, too: what may be trained on is staged at exactly its version, what may
                not is not, and every version has been seen. The feed must have come to rest.
    --offsets   FILE has {"topic/partition": [first, end]}: every offset that Kafka holds is in the chains of the newest
                epoch, which is the last --epoch, or else FEED_EPOCH, or else that of the youngest commit
    --json      ends with the totals as one JSON object

Endpoint and credentials come from the environment, where AWS's own tools look for them.
"""

import argparse
import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from feed.bucket import Bucket
from feed.customers import Customers
from feed.whole import Feed

READERS = 8
UNREADABLE = 2

TOTALS = (
    *("chains", "commits", "repairs", "records", "staged", "withheld", "superseded", "rejected", "gone"),
    *("gaps_open", "gap_offsets_open", "segments", "orphans", "amendments", "erased", "orders"),
    *("markers", "checkpoints"),
    *("customers", "customers_records", "may_be_trained_on", "faults"),
)


def held(path):
    """What Kafka holds, as a file says."""
    try:
        return json.loads(Path(path).read_bytes())
    except (OSError, ValueError) as error:
        raise argparse.ArgumentTypeError(error) from None


def arguments(words=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--feed", default=os.environ.get("FEED_BUCKET"), help="feed bucket")
    parser.add_argument("--service", default=os.environ.get("SERVICE_BUCKET"), help="service bucket")
    parser.add_argument("--epoch", nargs="+", action="extend", default=[], help="of chains to verify")
    parser.add_argument("--complete", action="store_true", help="verify against the customers' records")
    parser.add_argument("--offsets", type=held, metavar="FILE", help="file that says what Kafka holds")
    parser.add_argument("--json", action="store_true", help="end with the totals as one JSON object")
    given = parser.parse_args(words)
    if not given.feed:
        parser.error("--feed or FEED_BUCKET has to name a bucket")
    if given.complete and not given.service:
        parser.error("--complete needs --service or SERVICE_BUCKET")
    return given


def verify(given, bucket):
    """Prints what is wrong in the feed bucket `bucket`, and its totals; the status to exit with."""
    feed = Feed(bucket, given.epoch)
    feed.verify()
    if given.offsets is not None:
        epoch = given.epoch[-1] if given.epoch else os.environ.get("FEED_EPOCH") or feed.newest_epoch()
        feed.check_offsets(given.offsets, epoch)
    if given.complete:
        Customers(feed, bucket.beside(given.service)).check()
    totals = {name: feed.totals[name] for name in TOTALS}
    print("feed: " + ", ".join(f"{number} {name.replace('_', ' ')}" for name, number in totals.items()))
    if given.json:
        print(json.dumps(totals))
    return 1 if feed.totals["faults"] else 0


def give_up(error):
    print("verify_feed.py: the feed could not be read:", *str(error).split(), file=sys.stderr)
    sys.exit(UNREADABLE)


def main():
    given = arguments()
    # Names that were tampered with need not be text that can be printed.
    sys.stdout.reconfigure(errors="backslashreplace")
    try:
        client = boto3.client("s3")
    except (BotoCoreError, ValueError) as error:
        give_up(error)
    try:
        with ThreadPoolExecutor(READERS) as readers:
            sys.exit(verify(given, Bucket(client, readers, given.feed)))
    except (BotoCoreError, ClientError) as error:
        give_up(error)


if __name__ == "__main__":
    main()
