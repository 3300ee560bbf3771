"""Seeds faults between Lambda and its functions, and sees lambdas.py find each.

    tamper_lambdas.py --darkroom target/release/darkroom [--kafka-jars target/kafka]

A fault is in what the stand-in hands on, in what it takes, or in what a function is given; the programs are as they are.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path
from unittest import mock

from lambdas import announce, api, aws, consumer, delivery, events, kafka, runtime
from lambdas.function import Environment, Function, programs

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
    return posted[: len(posted) // 2] + bytes([posted[len(posted) // 2] ^ 1]) + posted[len(posted) // 2 + 1 :]


def segment_changed(running):
    def check(self, *expected, seen=consumer.Consumer.check):
        key = max(running.keys("darkroom-feed", "segments/"), key=len)
        body = running.s3.get_object(Bucket="darkroom-feed", Key=key)["Body"].read()
        running.s3.put_object(Bucket="darkroom-feed", Key=key, Body=middle_flipped(body))
        seen(self, *expected)
    return patched(consumer.Consumer, "check", check)


FAULTS = [
    (of_delivery, "a byte of an answer", lambda _: answers(middle_flipped)),
    (of_delivery, "the first byte behind the prelude", lambda _: answers(lambda posted: posted.replace(bytes(8), bytes(7), 1))),
    (of_delivery, "the end of an answer", lambda _: answers(lambda posted: posted[:-1])),
    (of_delivery, "a media type", lambda _: answers(lambda posted: posted.replace(b"image/webp", b"image/jpeg", 1))),
    (of_delivery, "a 304 as 200", lambda _: answers(lambda posted: posted.replace(b'"statusCode":304', b'"statusCode":200', 1))),
    (of_delivery, "Range", lambda _: without("range")),
    (of_delivery, "If-None-Match", lambda _: without("if-none-match")),
    (of_delivery, "the edge's proof", lambda _: without("x-darkroom-edge")),
    (of_delivery, "whose token it is", lambda running: mock.patch.dict(running.tokens, acme=running.tokens["demo"])),
    (of_delivery, "what is proved", lambda _: patched(delivery, "proof", lambda aws, viewer, target: PROOF(aws, viewer, target + "0"))),
    (of_delivery, "what is stored", lambda running: patched(delivery, "stored", lambda stand, image: (
        running.s3.put_object(Bucket="darkroom-customer-demo", Key=f"renditions/{image}/x", Body=b""), STORED(stand, image)))),
    (of_delivery, "time", lambda _: patched(Function, "invoke", lambda self, event, _=None, old=Function.invoke: old(self, event, 0.001))),
    (of_api, "a byte of a body", lambda _: requests(lambda event: event | {"body": event["body"] and "AAAA" + event["body"][4:]})),
    (of_api, "If-Match", lambda _: without("if-match")),
    (of_api, "a quotation mark of an answer", lambda _: answers(lambda posted: posted.replace(b"bird", b"burd"))),
    (of_api, "Lambda's bound", lambda _: patched(sys.modules["lambdas.function"], "PAYLOAD_BYTES_MAX", 1 << 30)),
    (of_announce, "a message", lambda _: patched(announce, "queue", lambda bodies: first_lost(events.queue(bodies)))),
    (of_announce, "a failure that is told", lambda _: answers(lambda posted: posted.replace(b'{"itemIdentifier":"unwritten"}', b"").replace(b"[,", b"[").replace(b",]", b"]"))),
    (of_announce, "an event on Kafka", lambda _: patched(kafka, "read", lambda *where: READ(*where)[:-1])),
    (of_announce, "an event on Kafka, twice", lambda _: patched(kafka, "read", lambda *where: READ(*where) + READ(*where)[-1:])),
    (of_announce, "standing still", lambda _: patched(Environment, "freeze", lambda self: None)),
    (of_consumer, "a record", lambda _: patched(consumer, "batch", lambda messages: first_lost(events.batch(messages)))),
    (of_consumer, "an offset", lambda _: patched(consumer, "message", lambda topic, partition, offset, *rest: events.message(topic, partition, offset + 1, *rest))),
    (of_consumer, "a value", lambda _: patched(consumer, "message", lambda *given: events.message(*given) | {"value": "e30="})),
    (of_consumer, "a byte of a segment", segment_changed),
]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--darkroom", required=True)
    parser.add_argument("--functions", metavar="FOLDER")
    parser.add_argument("--kafka-jars", default="target/kafka")
    given = parser.parse_args()
    binary, missed = os.path.abspath(given.darkroom), []
    with tempfile.TemporaryDirectory() as folder:
        found = programs(given.functions, Path(binary).parent, folder)
        with aws.running(binary, os.path.abspath(given.kafka_jars), folder, found) as running:
            for number, (part, name, seed) in enumerate([(part, "nothing", None) for part in (of_delivery, of_api, of_announce, of_consumer)] + FAULTS):
                # Every run has pictures of its own.
                pictures = {"picture": lambda seed, *more, **options: PICTURE(seed + 100_000 * (number + 1), *more, **options)}
                with mock.patch.multiple(delivery, **pictures), mock.patch.multiple(api, **pictures), \
                        mock.patch.multiple(announce, **pictures), mock.patch.multiple(consumer, **pictures):
                    try:
                        with seed(running) if seed else mock.MagicMock():
                            part(running)
                        seen = ""
                    except Exception as error:  # noqa: BLE001, whatever tells of it has seen it
                        seen = f"{type(error).__name__}: {error}"
                print(f"{part.__name__}: {name}: {seen[:150] or 'not seen'}", flush=True)
                if bool(seen) != bool(seed):
                    missed.append(name)
                for function in running.functions:
                    function.stop()
                running.functions.clear()
    print(f"{len(FAULTS)} faults:", f"missed {'; '.join(missed)}" if missed else "all seen")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
