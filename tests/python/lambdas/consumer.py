"""The consumer: batches of the MSK event source in every shape that it sends or might send.

The messages are those that `darkroom up` has announced, under partitions and offsets of the test's own. After each
batch the chain says of every offset once what became of it, and verify_feed.py finds no fault.
"""

import itertools
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from feed.formats import COMMIT_KEY

from . import kafka
from .announce import failures
from .aws import EPOCH, TOPIC, expect
from .delivery import picture
from .events import batch, message
from .runtime import PAYLOAD_BYTES_MAX, Failed

BATCH = 100
IMAGES = 2 * BATCH + 40
STAGED, SUPERSEDED, NO_EVENT = "staged", "superseded", "not_an_event"


class Consumer:
    """The function, messages for it, and what the feed says of them."""

    def __init__(self, aws):
        self.aws, self.function = aws, aws.function("consumer")
        with ThreadPoolExecutor(4) as pool:
            images = list(pool.map(lambda seed: aws.upload(picture(2000 + seed, 16, 16)), range(IMAGES)))
        self.images, self.fresh = images, iter(self.announced((image, 1) for image in images))
        self.partitions, self.gaps = itertools.count(), 0

    def announced(self, wanted):
        """Headers, value and key of each message of `darkroom up`, by image and version."""
        found = kafka.announced(self.aws.brokers, "images", list(wanted))
        return [(one.headers(), one.value(), one.key()) for one in found]

    def change(self, images, **fields):
        """Gives images these fields; their new messages."""
        headers = self.aws.bearer("demo") | {"content-type": "application/json"}
        versions = []
        for image in images:
            status, _, body = self.aws.fetch(f"/v1/images/{image}", headers, "PATCH", json.dumps(fields).encode())
            expect(status, 200, "a change")
            versions.append((image, json.loads(body)["version"]))
        return self.announced(versions)

    def take(self, count):
        return list(itertools.islice(self.fresh, count))

    def outcomes(self, partition):
        """What became of each offset, as the commits of a chain say it."""
        found = {}
        for key in self.aws.keys("darkroom-feed", f"commits/{EPOCH}/{TOPIC}/"):
            if COMMIT_KEY.fullmatch(key)["chain"] != f"{EPOCH}/{TOPIC}/{partition}":
                continue
            commit = json.loads(self.aws.s3.get_object(Bucket="darkroom-feed", Key=key)["Body"].read())
            for one in commit["records"] + commit["rejected"]:
                assert one["offset"] not in found, f"{key}: offset {one['offset']} was taken twice"
                found[one["offset"]] = one.get("outcome") or one["reason"]
        return found

    def check(self, *expected):
        """Partitions and what became of their offsets; the feed as a whole is sound."""
        for partition, outcomes in expected:
            expect(self.outcomes(partition), outcomes, f"partition {partition}")
        totals = self.aws.verify_feed("--epoch", EPOCH)
        expect((totals["faults"], totals["orphans"], totals["gap_offsets_open"]), (0, 0, self.gaps), "verify_feed.py")
        return totals

    def deliver(self, messages):
        payload = json.dumps(batch(messages)).encode()
        assert len(payload) < PAYLOAD_BYTES_MAX
        expect(json.loads(self.function.invoke(payload).body), failures(), "a batch")


def records(partition, messages, first=0):
    return [message(TOPIC, partition, offset, *one) for offset, one in enumerate(messages, first)]


def one_partition(consumer):
    partition, messages = next(consumer.partitions), consumer.take(BATCH)
    consumer.deliver(records(partition, messages))
    consumer.check((partition, dict.fromkeys(range(BATCH), STAGED)))
    return messages


def several_partitions(consumer):
    """Mixed, and backwards."""
    partitions = [next(consumer.partitions) for _ in range(4)]
    messages = [one for partition in partitions for one in records(partition, consumer.take(BATCH // 4), 1000)]
    consumer.gaps += 4 * 1000
    consumer.deliver(sorted(messages, key=lambda one: -one["offset"]))
    consumer.check(*((partition, dict.fromkeys(range(1000, 1025), STAGED)) for partition in partitions))


def overlap(consumer, old):
    """The same batch twice, then one that begins in its middle; within a batch the same offset twice."""
    partition, messages = next(consumer.partitions), [*consumer.take(10), *old[10:], *old[:50]]
    every = records(partition, messages)
    for begin, end in ((0, 100), (0, 100), (50, 150), (0, 100)):
        consumer.deliver(every[begin:end] + every[begin : begin + 1])
    consumer.check((partition, dict.fromkeys(range(10), STAGED) | dict.fromkeys(range(10, 150), SUPERSEDED)))


def gap(consumer, old):
    """Between two batches, and within one."""
    partition = next(consumer.partitions)
    consumer.deliver(records(partition, old[:50]) + records(partition, old[50:], 70))
    consumer.deliver(records(partition, [*consumer.take(1), *old[1:]], 150))
    consumer.gaps += 20 + 30
    offsets = [*range(50), *range(70, 120), *range(151, 250)]
    consumer.check((partition, dict.fromkeys(offsets, SUPERSEDED) | {150: STAGED}))


def poison(consumer, old):
    """What can never be a sample is rejected, and goes to the dead letters; what stands between it is taken."""
    partition, [good, changed] = next(consumer.partitions), consumer.take(2)
    headers, value, _ = good
    unknown = [(name, b"image.exploded.v9" if name == "ce_type" else text) for name, text in headers]
    stranger = json.dumps(json.loads(value) | {"customer": "stranger"}).encode()
    other = json.dumps(json.loads(changed[1]) | {"sha256": "0" * 64}).encode()
    [with_unknown, with_stranger, with_other] = records(
        partition, [(unknown, value), (headers, stranger), (changed[0], other)])
    shapes = [
        (NO_EVENT, lambda one: one | {"value": None}),  # a tombstone
        (NO_EVENT, lambda one: {name: said for name, said in one.items() if name != "value"}),
        (NO_EVENT, lambda one: one | {"value": "/wD+"}),
        (NO_EVENT, lambda one: one | {"value": "e30="}),
        (NO_EVENT, lambda one: one | {"headers": None}),
        (NO_EVENT, lambda one: one | {"headers": []}),
        (NO_EVENT, lambda one: {name: said for name, said in one.items() if name != "headers"}),
        (NO_EVENT, lambda one: {name: one[name] for name in ("topic", "partition", "offset")}),
        (NO_EVENT, lambda one: one | {"headers": with_unknown["headers"]}),
        ("unknown_customer", lambda one: one | {"value": with_stranger["value"]}),
    ] * 9
    shapes += [("hash_mismatch", lambda one: one | {name: with_other[name] for name in ("headers", "value")})]
    made = [shape(one) for one, (_, shape) in zip(records(partition, [good] * len(shapes)), shapes)]
    made += records(partition, [good, *old[:8]], len(shapes))
    expect(len(made), BATCH, "records")
    consumer.deliver(made)
    expected = dict(enumerate([outcome for outcome, _ in shapes] + [STAGED] + [SUPERSEDED] * 8))
    consumer.check((partition, expected))
    letters = [dict(one.headers()) for one in kafka.read(consumer.aws.brokers, f"{TOPIC}-rejected")]
    told = sorted(int(one["darkroom_offset"]) for one in letters if one["darkroom_partition"] == str(partition).encode())
    expect(told, list(range(len(shapes))), "dead letters")


def versions(consumer, old):
    """An older version behind a newer one, in a batch and in the next; consent that was withdrawn."""
    partition, images = next(consumer.partitions), consumer.images[:30]
    second = consumer.change(images, labels=["second"])
    third = consumer.change(images[:10], consent="none")
    consumer.deliver(records(partition, second + old[:30] + old[30:70]))
    expected = dict.fromkeys(range(30), STAGED) | dict.fromkeys(range(30, 100), SUPERSEDED)
    consumer.deliver(records(partition, third + second + old[:60], 100))
    expected |= dict.fromkeys(range(100, 110), "withheld") | dict.fromkeys(range(110, 200), SUPERSEDED)
    consumer.check((partition, expected))


def annotations(consumer):
    """As large as they may be: a hundred of them are a third of what an event may have."""
    partition = next(consumer.partitions)
    large = consumer.change(consumer.images[100:200], annotations={"a": "é" * 8000})
    consumer.deliver(records(partition, large))
    consumer.check((partition, dict.fromkeys(range(BATCH), STAGED)))


def empty(consumer):
    for records_of in ({}, {f"{TOPIC}-0": []}):
        expect(consumer.function.ask(batch([]) | {"records": records_of}), failures(), "nothing")
    consumer.check()
    try:
        consumer.function.ask({"records": None})
    except Failed:
        return
    raise AssertionError("what is no batch was taken")


def from_kafka(consumer):
    """What lies on the topic itself, in the order of a poller: every offset that Kafka holds is taken in."""
    function, topic = consumer.aws.function("consumer", FEED_EPOCH="poller", KAFKA_TOPIC="images"), "images"
    held = {f"{topic}/{number}": ends for number, ends in kafka.held(consumer.aws.brokers, topic).items()}
    messages = [message(topic, one.partition(), one.offset(), one.headers(), one.value(), one.key())
                for one in kafka.read(consumer.aws.brokers, topic)]
    for at in range(0, len(messages), BATCH):
        expect(function.ask(batch(messages[at : at + BATCH])), failures(), "a batch of the topic")
    with open(Path(consumer.aws.data, "held.json"), "w") as file:
        json.dump(held, file)
    totals = consumer.aws.verify_feed("--epoch", "poller", "--offsets", file.name)
    expect((totals["records"], totals["faults"]), (len(messages), 0), "the topic")


def run(aws):
    consumer = Consumer(aws)
    old = one_partition(consumer)
    several_partitions(consumer)
    overlap(consumer, old)
    gap(consumer, old)
    poison(consumer, old)
    versions(consumer, old)
    annotations(consumer)
    empty(consumer)
    from_kafka(consumer)
    totals = consumer.check()
    assert consumer.function.peak_mib < consumer.function.memory_mib, consumer.function.peak_mib
    counts = ", ".join(f"{totals[name]} {name}" for name in ("records", "staged", "superseded", "withheld", "rejected"))
    print(f"consumer: {counts}; {consumer.function.peak_mib:.0f} MiB at most")
