"""Seeds faults between Lambda and its functions, and sees lambdas.py find each.

    tamper_lambdas.py --darkroom target/release/darkroom [--kafka-jars target/kafka]

A fault is in what the stand-in hands on, in what it takes, or in what a function is given; the programs are as they are.
"""

import argparse
import contextlib
import os
import sys
import tempfile
from pathlib import Path
from unittest import mock

from lambdas import announce, api, aws, consumer, delivery, events, function, kafka, runtime
from lambdas.function import Function, programs

PICTURE, BODY, REST, READ = delivery.picture, runtime.Asked.body, events.rest, kafka.read
PROOF, STORED = delivery.proof, delivery.stored


def answers(change):
    """What functions post, changed."""
    def body(self):
        posted, trailers = BODY(self)
        return change(posted), trailers
    return mock.patch.object(runtime.Asked, "body", body)


def requests(change):
    """What the REST API hands on, changed."""
    return mock.patch.multiple("lambdas.gateway", rest=lambda *given: change(REST(*given)))


def without(name):
    """A request that has lost a header."""
    def change(event):
        event["headers"] = {key: value for key, value in event["headers"].items() if key.lower() != name}
        event["multiValueHeaders"] = {key: [value] for key, value in event["headers"].items()}
        return event
    return requests(change)


def first_lost(event):
    """A batch without its first record."""
    event["Records" if "Records" in event else "records"] = (
        event["Records"][1:] if "Records" in event else {name: some[1:] for name, some in event["records"].items()})
    return event


def patched(target, name, value):
    return mock.patch.object(target, name, value)


def of_delivery(running):
    image = running.upload(delivery.picture(1))
    stand = delivery.Delivery(running)
    delivery.stored(stand, image)
    delivery.renditions(stand, image)
    deleted = running.upload(delivery.picture(3))
    running.fetch(f"/v1/images/{deleted}", running.bearer("demo"), "DELETE")
    delivery.refusals(stand, image, deleted)
    delivery.edge(stand, running.upload(delivery.picture(2), query="visibility=public"))
    delivery.separation(stand, {"demo": image, "acme": running.upload(delivery.picture(4), "acme")})


def of_api(running):
    stand = api.Api(running)
    for part in (api.images, api.sessions, api.refusals, api.tickets, api.bounds):
        part(stand)


def of_announce(running):
    stand = announce.Announce(running)
    for part in (announce.partial, announce.repeated, announce.accepted, announce.unknown):
        part(stand)


def of_consumer(running):
    with patched(consumer, "IMAGES", consumer.BATCH), patched(consumer, "TOPIC", f"t{os.urandom(4).hex()}"):
        consumer.one_partition(consumer.Consumer(running))


def middle_flipped(posted):
    middle = len(posted) // 2
    return posted[:middle] + bytes([posted[middle] ^ 1]) + posted[middle + 1 :]


def other(before, after):
    """Answers in which some bytes are others."""
    return lambda _: answers(lambda posted: posted.replace(before, after, 1))


def on_kafka(change):
    """What a consumer finds on the topic, changed."""
    return lambda _: patched(kafka, "read", lambda *where: change(READ(*where)))


def segment_changed(running):
    def check(self, *expected, seen=consumer.Consumer.check):
        key = max(running.keys("darkroom-feed", "segments/"), key=len)
        body = running.s3.get_object(Bucket="darkroom-feed", Key=key)["Body"].read()
        running.s3.put_object(Bucket="darkroom-feed", Key=key, Body=middle_flipped(body))
        seen(self, *expected)
    return patched(consumer.Consumer, "check", check)


def stored_twice(running):
    def stored(stand, image):
        running.s3.put_object(Bucket="darkroom-customer-demo", Key=f"renditions/{image}/x", Body=b"")
        STORED(stand, image)
    return patched(delivery, "stored", stored)


def too_late(_):
    return patched(Function, "invoke", lambda self, event, _=None, old=Function.invoke: old(self, event, 0.001))


def proved_of_another(_):
    return patched(delivery, "proof", lambda aws, viewer, target: PROOF(aws, viewer, target + "0"))


def whose(running):
    return mock.patch.dict(running.tokens, acme=running.tokens["demo"])


def body_changed(_):
    return requests(lambda event: event | {"body": event["body"] and "AAAA" + event["body"][4:]})


def unbounded(_):
    return patched(function, "PAYLOAD_BYTES_MAX", 1 << 30)


def record_lost(_):
    return patched(consumer, "batch", lambda messages: first_lost(events.batch(messages)))


def message_lost(_):
    return patched(announce, "queue", lambda bodies: first_lost(events.queue(bodies)))


def offset_shifted(_):
    def message(topic, partition, offset, *rest):
        return events.message(topic, partition, offset + 1, *rest)
    return patched(consumer, "message", message)


def value_changed(_):
    return patched(consumer, "message", lambda *given: events.message(*given) | {"value": "e30="})


FAULTS = [
    (of_delivery, "a byte of an answer", lambda _: answers(middle_flipped)),
    (of_delivery, "a NUL behind the prelude", other(bytes(8), bytes(7))),
    (of_delivery, "the end of an answer", lambda _: answers(lambda posted: posted[:-1])),
    (of_delivery, "a media type", other(b"image/webp", b"image/jpeg")),
    (of_delivery, "a 304 as 200", other(b'"statusCode":304', b'"statusCode":200')),
    (of_delivery, "Range", lambda _: without("range")),
    (of_delivery, "If-None-Match", lambda _: without("if-none-match")),
    (of_delivery, "the edge's proof", lambda _: without("x-darkroom-edge")),
    (of_delivery, "what is proved", proved_of_another),
    (of_delivery, "whose token it is", whose),
    (of_delivery, "what is stored", stored_twice),
    (of_delivery, "time", too_late),
    (of_api, "a byte of a body", body_changed),
    (of_api, "If-Match", lambda _: without("if-match")),
    (of_api, "a letter of an answer", other(b"bird", b"burd")),
    (of_api, "Lambda's bound", unbounded),
    (of_announce, "a message", message_lost),
    (of_announce, "a failure that is told", other(b"unwritten", b"unwrapped")),
    (of_announce, "an event on Kafka", on_kafka(lambda found: found[:-1])),
    (of_announce, "an event on Kafka, twice", on_kafka(lambda found: found + found[-1:])),
    (of_announce, "standing still", lambda _: patched(function.Environment, "freeze", lambda self: None)),
    (of_consumer, "a record", record_lost),
    (of_consumer, "an offset", offset_shifted),
    (of_consumer, "a value", value_changed),
    (of_consumer, "a byte of a segment", segment_changed),
]


def found(part, seed, running, number):
    """What a part of lambdas.py says with a fault; empty where it says nothing."""
    def picture(own, *more, **options):
        # Every run has pictures that nobody has uploaded.
        return PICTURE(own + 100_000 * (number + 1), *more, **options)

    with contextlib.ExitStack() as stack:
        for module in (delivery, api, announce, consumer):
            stack.enter_context(patched(module, "picture", picture))
        if seed:
            stack.enter_context(seed(running))
        try:
            part(running)
        except Exception as error:  # noqa: BLE001, whatever tells of it has seen it
            return f"{type(error).__name__}: {error}"
    return ""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--darkroom", required=True)
    parser.add_argument("--functions", metavar="FOLDER", help="programs that were built for Lambda")
    parser.add_argument("--kafka-jars", default="target/kafka", help="Apache Kafka's")
    given = parser.parse_args()
    binary, missed = os.path.abspath(given.darkroom), []
    sound = [(part, "nothing", None) for part in (of_delivery, of_api, of_announce, of_consumer)]
    with tempfile.TemporaryDirectory() as folder:
        of_release = programs(given.functions, Path(binary).parent, folder)
        with aws.running(binary, os.path.abspath(given.kafka_jars), folder, of_release) as running:
            for number, (part, name, seed) in enumerate(sound + FAULTS):
                seen = found(part, seed, running, number)
                print(f"{part.__name__}: {name}: {seen[:150] or 'not seen'}", flush=True)
                if bool(seen) != bool(seed):
                    missed.append(name)
                running.end()
    print(f"{len(FAULTS)} faults:", f"missed {'; '.join(missed)}" if missed else "all seen")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
