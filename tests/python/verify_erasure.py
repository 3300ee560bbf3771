"""Holds that nothing in the feed shows what was erased, and that receipts tell the truth.

    eval "$(target/release/darkroom env)"
    verify_erasure.py [--complete] [--rows FILE]

Reads every object of the feed bucket, and every version of it where the store keeps some. No tar and no index has an
image up to the version that an order names. A snapshot that gave its place away is gone but for its snapshot.json; the
one that took it has no erased row. Members, index and shards of a published snapshot agree, and LATEST names one. What
receipts call deleted is gone, and what they name in its place is there, or has been replaced since. There is a line for
each kind, before it "fault: ..." for each fault; the exit status is 1 where there is one.

    --complete  every order has its receipt
    --rows      FILE keeps the rows of snapshots from one run to the next: one that has given its place away since is
                held against the one that took it, which has to have just the other rows
"""

import argparse
import json
import os
import sys
from pathlib import Path

from feed.everything import SUBJECT, Everything
from feed.receipts import of_receipts


def of_tars_and_indexes(feed):
    for kind, found in (("sample", feed.samples), ("row", feed.rows)):
        for key, some in found.items():
            for one in filter(feed.is_ordered, some):
                subject = "-".join(str(one[name]) for name in SUBJECT)
                feed.hold(False, f"{key} has a {kind} of {subject}, which is to be erased.")
    counts = [(len(found), sum(map(len, found.values()))) for found in (feed.samples, feed.rows)]
    return "{0[0]} tars with {0[1]} samples, {1[0]} indexes with {1[1]} rows".format(*counts)


def table(feed, home):
    """A snapshot's rows without where they lie; None where it has no index."""
    rows = feed.rows.get("datasets/{}/snapshots/{:08}/index/index.parquet".format(*home))
    return rows and sorted([row[name] for name in ("key", "split", *SUBJECT)] for row in rows)


def of_published(feed):
    for home, about in feed.published.items():
        name, rows = "{}/{}".format(*home), table(feed, home) or []
        shards = [(split, one) for split, of in about["splits"].items() for one in of["shards"]]
        found = [[one["key"], split, *(one[name] for name in SUBJECT)]
                 for split, shard in shards for one in feed.samples.get(shard["key"], [])]
        feed.hold(sorted(found) == rows, f"{name} has {len(rows)} rows, which are not the {len(found)} of its shards.")
        counts = about["index"]["rows"], sum(of["images"] for of in about["splits"].values())
        feed.hold(counts == (len(rows), len(rows)), f"{name} counts {counts}, and has {len(rows)} rows.")
        for _, shard in shards:
            feed.hold(feed.hashes.get(shard["key"]) == shard["sha256"], f"{name} names {shard}, and it is not so.")
        index = feed.hashes.get("datasets/{}/snapshots/{:08}/index/index.parquet".format(*home))
        feed.hold(index == about["index"]["sha256"], f"{name} has another index than it says, or none.")
        for customer in {row[2] for row in rows}:
            key = "members/{2}/{0}/{1:08}".format(*home, customer)
            feed.hold(key in feed.objects, f"{key} is missing.")
        feed.before[name] = rows
    latest = {key.split("/")[1]: body for key, body in feed.under("datasets/") if key.endswith("/LATEST")}
    for dataset, body in latest.items():
        feed.hold((dataset, body["snapshot"]) in feed.published, f"LATEST of {dataset} names {body}, not published.")
    return f"{len(feed.published)} published snapshots, {len(latest)} LATEST"


def of_members(feed):
    found = [key for key in feed.objects if key.startswith("members/")]
    for key in found:
        customer, dataset, number = key.split("/")[1:]
        home, images = (dataset, int(number)), feed.objects[key].decode(errors="replace").split("\n")
        rows = None if home in feed.replaced else table(feed, home)
        expected = sorted({row[3] for row in rows or () if row[2] == customer})
        feed.hold(rows and images == [*expected, ""], f"{key} names {images[:-1]}; the index has {expected}.")
    return f"{len(found)} files of members"


def of_replaced(feed):
    compared = 0
    for (dataset, number), about in feed.replaced.items():
        name, by = f"{dataset}/{number}", (dataset, about["replaced_by"])
        beside = {key for key in feed.kept if key.startswith(f"datasets/{dataset}/snapshots/{number:08}/")}
        feed.hold(len(beside) == 1, f"{name} is replaced, and there still are {sorted(beside)}.")
        erased = {tuple(one[name] for name in SUBJECT) for one in about["erased"]}
        feed.hold(erased and all(map(feed.is_ordered, about["erased"])), f"{name} lacks {erased}; is that ordered?")
        for shard in about["shards"]:
            feed.hold(shard["before"]["key"] not in feed.kept, f"{shard['before']['key']}, of {name}, is still there.")
        rows = {(*row[2:],) for row in by[1] and table(feed, by) or ()}
        feed.hold(not rows & erased, f"{name} is replaced by {by}, which has {rows & erased} for all that.")
        if by[1] is not None:
            there = feed.published.get(by) or feed.replaced.get(by) or {}
            feed.hold(there, f"{name} is replaced by {by}, which is not published.")
            feed.hold(by in feed.replaced or there.get("replaces") == number, f"{by} does not replace {name}.")
        named = {(one["key"], one["sha256"]) for of in feed.published.get(by, {"splits": {}})["splits"].values()
                 for one in of["shards"]}
        after = {(one["after"]["key"], one["after"]["sha256"]) for one in about["shards"] if one["after"]}
        feed.hold(by in feed.replaced or after <= named, f"{name} has become {after}; {by} names {named}.")
        if name in feed.before and (by[1] is None or "/".join(map(str, by)) in feed.before):
            left = sorted(row for row in feed.before[name] if (*row[2:],) not in erased)
            found = feed.before.get(f"{dataset}/{by[1]}", [])
            feed.hold(left == found, f"{name} had {len(left)} rows beside {len(erased)}; {by} has {len(found)}.")
            compared += 1
    return f"{len(feed.replaced)} replaced snapshots, {compared} held against their rows"


def of_orders(feed):
    receipts = {(one["customer"], one["image"], one["version"]) for _, one in feed.under("erasure/receipts/")}
    for (customer, image), order in feed.orders.items():
        feed.hold((customer, image, order["version"]) in receipts, f"{order} has no receipt.")
    return f"{len(feed.orders)} orders, all complete" if feed.good else f"{len(feed.orders)} orders"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--complete", action="store_true")
    parser.add_argument("--rows", type=Path, metavar="FILE")
    given = parser.parse_args()
    rows = json.loads(given.rows.read_bytes()) if given.rows and given.rows.exists() else {}
    feed = Everything(os.environ["FEED_BUCKET"], rows)
    looks = [of_tars_and_indexes, of_published, of_members, of_replaced, of_receipts, *[of_orders] * given.complete]
    for look in looks:
        try:
            print(f"{look.__name__.removeprefix('of_').replace('_', ' ')}: {look(feed)}")
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            feed.hold(False, f"{look.__name__.removeprefix('of_')}: {error!r}")
    if given.rows:
        given.rows.write_text(json.dumps(feed.before))
    sys.exit(0 if feed.good else 1)


if __name__ == "__main__":
    main()
