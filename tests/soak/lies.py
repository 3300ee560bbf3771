"""What is made wrong on purpose, each with the check that has to see it and some of what that says."""

import contextlib
import io
import socket
import tarfile
import time
from typing import Callable, NamedTuple

import liar as telling
from check import check, rest
from dataset import Published
from faults import Harmless, pause
from gauges import Gauges
from traffic import traffic
from worker import Worker

# The workers find a lie within this time.
ASKED_S, WORKERS = 20, 3
READINGS, HANDLES, SHORT_REST_S = 12, 20, 8


class Lie(NamedTuple):
    name: str
    check: str
    says: str
    # Given the stand and the liar before it: all faults that are found.
    found: Callable


def asking(lie):
    """What workers find, who are lied to."""
    def found(stand, liar):
        liar.lie, until = lie, time.monotonic() + ASKED_S
        with traffic(stand.client, stand.ledger, WORKERS, seed=1):
            while time.monotonic() < until and not stand.ledger.faults:
                time.sleep(0.1)
        liar.lie = telling.honest
        # What was shown meanwhile may have been a lie.
        for entry in stand.ledger.entries.values():
            entry.seen.clear()
        return stand.ledger.faults
    return found


def doing(kind, times):
    """What is found after changes that were acknowledged and not made."""
    def found(stand, liar):
        liar.lie, worker = telling.lossy, Worker(stand.client, stand.ledger, seed=2)
        for _ in range(times):
            getattr(worker, kind)()
        liar.lie = telling.honest
        return check(stand)
    return found


def checking(lie):
    """What is found by whoever is lied to."""
    def found(stand, liar):
        liar.lie = lie
        faults = check(stand)
        liar.lie = telling.honest
        return faults
    return found


def storing(which, altered):
    """What is found after an object was altered, which is put back then."""
    def found(stand, _):
        store = stand.store()
        place = which(stand, store)
        body = store.get_object(**place)["Body"].read()
        store.delete_object(**place)
        if altered is not None:
            store.put_object(**place, Body=altered(body))
        faults = check(stand)
        store.put_object(**place, Body=body)
        return faults
    return found


def an_original(stand, _):
    return {"Bucket": stand.variables()["CUSTOMER_BUCKET"], "Key": stand.ledger.images[0].key}


def a_shard(stand, store):
    bucket = stand.variables()["FEED_BUCKET"]
    return {"Bucket": bucket, "Key": Published(store, bucket).shards[0]["key"]}


def a_segment(stand, store):
    bucket = stand.variables()["FEED_BUCKET"]
    listed = store.list_objects_v2(Bucket=bucket, Prefix="segments/")["Contents"]
    return {"Bucket": bucket, "Key": next(one["Key"] for one in listed if one["Key"].endswith(".tar"))}


def with_a_sample_twice(shard):
    members = unpacked(shard)
    return packed(members + [member for member in members if member[0].name.split(".")[0] == first(members)])


def without_a_sample(shard):
    members = unpacked(shard)
    return packed([member for member in members if member[0].name.split(".")[0] != first(members)])


def first(members):
    return members[0][0].name.split(".")[0]


def unpacked(shard):
    with tarfile.open(fileobj=io.BytesIO(shard)) as tar:
        return [(member, tar.extractfile(member).read()) for member in tar]


def packed(members):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for member, body in members:
            tar.addfile(member, io.BytesIO(body))
    return file.getvalue()


def with_a_byte_changed(body):
    return body[:-1] + bytes([body[-1] ^ 1])


def waiting(stand, _):
    """Kafka cannot be reached, and nobody mends that."""
    stand.kafka_link.cut()
    Worker(stand.client, stand.ledger, seed=3).upload()
    faults = rest(stand, Gauges(stand.url, stand.process.pid), SHORT_REST_S)
    stand.kafka_link.mend()
    return faults


def holding(stand, _):
    """Clients connect, and never leave."""
    gauges = Gauges(stand.url, stand.process.pid)
    with contextlib.ExitStack() as held:
        for _ in range(READINGS):
            for _ in range(HANDLES):
                held.enter_context(socket.create_connection(("127.0.0.1", stand.port)))
            gauges.read()
        return gauges.hold()


def unnoticed(stand, _):
    """A pause in which nobody asks for anything."""
    try:
        pause(stand, 0)
        return []
    except Harmless as nothing:
        return [f"evidence: {nothing}"]


LIES = (
    Lie("one byte of a rendition is another", "answers", "other bytes than before", asking(telling.flipped)),
    Lie("another image is shown", "answers", "another picture", asking(telling.mistaken)),
    Lie("an answer is 500", "answers", "with 500", asking(telling.broken)),
    Lie("a live image is not found", "answers", "with 404", asking(telling.forgetful)),
    Lie("a deleted image is shown", "answers", "deleted or closed", asking(telling.undead)),
    Lie("a fault does nothing", "evidence", "nobody noticed", unnoticed),
    Lie("an upload is acknowledged and not made", "records", "absent", doing("upload", 1)),
    Lie("a PATCH is acknowledged and not made", "records", "changed", doing("label", 3)),
    Lie("a page has an image twice", "listing", "are listed", checking(telling.repetitive)),
    Lie("deleted images are shown", "renditions", "got 200", checking(telling.undead)),
    Lie("an original is gone", "originals", "is not in the bucket", storing(an_original, None)),
    Lie("an original is another", "originals", "other bytes", storing(an_original, with_a_byte_changed)),
    Lie("a shard has a sample twice", "snapshot", "2 times", storing(a_shard, with_a_sample_twice)),
    Lie("a shard lacks a sample", "snapshot", "lacks", storing(a_shard, without_a_sample)),
    Lie("a segment has a sample twice", "feed", "fault:", storing(a_segment, with_a_sample_twice)),
    Lie("Kafka gets nothing", "rest", "the changes ['outbox/", waiting),
    Lie("open files grow", "gauges", "open files grew", holding),
)
