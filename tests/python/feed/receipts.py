"""Receipts against what amendments and replaced snapshots say, and against what lies in the bucket."""


def of_receipts(feed):
    found = feed.under("erasure/receipts/")
    trained = {}
    for _, one in sorted(feed.under("models/")):
        trained.setdefault(one["snapshot"], []).append(one["model"])
    shards = {one["before"]["key"] for about in feed.replaced.values() for one in about["shards"]}
    for key, receipt in found:
        order = feed.orders.get((receipt["customer"], receipt["image"]), {"version": 0, "erased_at": None})
        told = "erasure/receipts/{customer}/{image}-{version}.json".format(**receipt)
        feed.hold(told == key and receipt["version"] <= order["version"], f"{key} is {told}, for {order}.")
        is_same = receipt["version"] < order["version"] or receipt["ordered_at"] == order["erased_at"]
        feed.hold(is_same and receipt["ordered_at"] <= receipt["verified_at"], f"{key} has other times than {order}.")
        segments = {"{epoch}/{topic}/{partition}/{seq:020}".format(**one): one for one in receipt["segments"]}
        expected = [name for name, amendment in feed.amendments.items() if is_erased_by(feed, name, amendment, receipt)]
        feed.hold(sorted(segments) == sorted(expected), f"{key} names {sorted(segments)}; it was in {expected}.")
        for name, one in segments.items():
            line = feed.amendments.get(name, {"removed": [], "segment": None})
            line = [*line["removed"], line["segment"]]
            before, after = one["before"], line[len(one["before"]) :][:1]
            feed.hold(before and before == line[: len(before)] and [one["after"]] == after, f"{key} lies: {one}.")
            for gone in before:
                feed.hold(gone["key"] not in feed.kept, f"{key} says that {gone['key']} is deleted; it is there.")
            hold_after(feed, key, one["after"], {one["key"] for one in line[:-1]})
        expected = [
            dict(dataset=dataset, snapshot=number, replaced_by=about["replaced_by"], shards=about["shards"],
                 models=trained.get(f"{dataset}/{number}", []))
            for (dataset, number), about in sorted(feed.replaced.items())
            if any(is_meant(one, receipt) for one in about["erased"])
        ]
        snapshots = sorted(receipt["snapshots"], key=lambda one: (one["dataset"], one["snapshot"]))
        feed.hold(snapshots == expected, f"{key} names {snapshots}; it was in {expected}.")
        for one in [one for of in snapshots for one in of["shards"]]:
            gone = one["before"]["key"]
            feed.hold(gone not in feed.kept, f"{key} says that {gone} is deleted; it is there.")
            hold_after(feed, key, one["after"], shards)
    return f"{len(found)} receipts of {len(feed.orders)} orders"


def is_meant(one, receipt):
    is_image = (one["customer"], one["image"]) == (receipt["customer"], receipt["image"])
    return is_image and one["version"] <= receipt["version"]


def is_erased_by(feed, name, amendment, receipt):
    records = (feed.objects.get(f"commits/{name}.json") or {"records": []})["records"]
    return any(one["offset"] in amendment["erased"] and is_meant(one, receipt) for one in records)


def hold_after(feed, key, after, removed):
    """What a receipt names in the place of what is deleted is there, or was removed itself since."""
    if after and after["key"] not in removed:
        feed.hold(feed.hashes.get(after["key"]) == after["sha256"], f"{key} names {after}; that is not there.")
