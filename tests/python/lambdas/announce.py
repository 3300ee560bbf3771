"""Announce: batches of the queue with partial failures, and what the schedule sends.

Its customer is `studio`, of whose objects nobody else takes notice: what is on Kafka has come from the function, before
it was frozen.
"""

import hashlib
import json
import threading
import time

from . import kafka
from .api import Api
from .aws import OTHERS_SERVICE_BUCKET, TOPIC, expect
from .delivery import picture
from .events import SWEEP_DUE, SWEEP_LEFTOVERS, SAMPLES, created, queue
from .runtime import Failed

BUCKET, NOBODYS = "darkroom-customer-studio", "darkroom-customer-lost"
# A sweep leaves alone what may still be on its way (ingest/src/invocation.rs).
NOTIFIED_WITHIN_S = 60


def failures(*names):
    return {"batchItemFailures": [{"itemIdentifier": name} for name in names]}


def lose_a_bucket(aws):
    """A customer whose bucket is not there."""
    at = {"Bucket": OTHERS_SERVICE_BUCKET}
    studio = json.loads(aws.s3.get_object(**at, Key="customers/studio.json")["Body"].read())
    aws.s3.put_object(**at, Key="customers/lost.json", Body=json.dumps(studio | {"customer": "lost", "bucket": NOBODYS}))


class Announce:
    """The function, the API beside it, and the topic."""

    def __init__(self, aws):
        lose_a_bucket(aws)
        self.aws, self.api = aws, Api(aws, others=True)
        self.function = aws.function("announce", others=True)
        # How many messages have been looked at, and entries that are to lie in the outbox for a while.
        self.seen, self.waiting = len(kafka.read(aws.brokers, TOPIC)), set(aws.keys(BUCKET, "outbox/"))

    def upload(self, seed):
        """A new image, of which an entry waits in the outbox; the entry's key."""
        made = self.api.ask("POST", "/v1/images?consent=training", picture(seed), "studio")
        expect(made.status, 201, "an upload")
        [entry] = self.entries(made.json["id"])
        return entry

    def entries(self, image=""):
        return [key for key in self.aws.keys(BUCKET, f"outbox/{image}") if key not in self.waiting]

    def announced(self):
        """Images and versions that have come to the topic since somebody looked."""
        messages = kafka.read(self.aws.brokers, TOPIC)
        messages.sort(key=lambda message: message.timestamp()[1])
        new, self.seen = messages[self.seen:], len(messages)
        for message in new:
            headers = {name: value.decode() for name, value in message.headers()}
            expect((headers["ce_subject"], headers["ce_specversion"]), (message.key().decode(), "1.0"), "a message")
        return sorted((message.key().decode(), json.loads(message.value())["version"]) for message in new)


def image_of(entry):
    """`outbox/IMAGE-VERSION`, as a message of Kafka says it."""
    image, version = entry.removeprefix("outbox/").split("-")
    return image, int(version)


def partial(announce):
    """Of ten messages two cannot be done now, and those alone come again."""
    entries = [announce.upload(100 + number) for number in range(5)]
    image, _ = image_of(entries[0])
    bodies = {f"done-{number}": created(BUCKET, entry) for number, entry in enumerate(entries)} | {
        "test": json.dumps(SAMPLES["test_event"]),
        "malformed": "{",
        "nothing-to-do": created(BUCKET, f"originals/{image}"),
        "unwritten": created(BUCKET, f"outbox/{image}-7"),
        "unreachable": created(NOBODYS, entries[0]),
    }
    expect(len(bodies), 10, "messages")
    answer = announce.function.ask(queue(bodies))
    answer["batchItemFailures"].sort(key=lambda failure: failure["itemIdentifier"])
    expect(answer, failures("unreachable", "unwritten"), "what comes again")
    # The process stands still since its answer came.
    expect(announce.function.environment.status("State:"), "T", "the environment")
    expect(announce.announced(), sorted(map(image_of, entries)), "the topic")
    expect(announce.entries(), [], "the outbox")


def repeated(announce):
    """SQS brings a message twice; the second time the entry is gone, and the event comes twice, too."""
    entry = announce.upload(110)
    batch = queue({"1": created(BUCKET, entry), "2": created(BUCKET, entry.replace("outbox", "nowhere"))})
    for _ in range(2):
        expect(announce.function.ask(batch), failures(), "an announcement")
    expect(announce.announced(), [image_of(entry)] * 2, "the topic")
    record = "records/" + image_of(entry)[0] + ".json"
    expect(announce.aws.keys(BUCKET, record), [record], "the record")
    expect(announce.function.ask(queue({"record": created(BUCKET, record)})), failures(), "a record")
    expect(announce.announced(), [], "the topic after a record")


def accepted(announce):
    """What was put to a presigned URL becomes an image when S3 tells of it."""
    body = picture(120)
    ticket = announce.api.ask("POST", "/v1/uploads", {"type": "image/png", "bytes": len(body)}, "studio")
    expect(ticket.status, 201, "a ticket")
    put = announce.aws.fetch(ticket.json["put"]["url"], ticket.json["put"]["headers"], "PUT", body)
    expect(put[0], 200, "what it signs")
    state = announce.api.ask("GET", f"/v1/uploads/{ticket.json['id']}", customer="studio")
    expect(state.json["state"], "waiting", "before S3 tells of it")
    incoming = announce.aws.keys(BUCKET, "incoming/")
    expect(announce.function.ask(queue({"upload": created(BUCKET, incoming[0])})), failures(), "an upload")
    state = announce.api.ask("GET", f"/v1/uploads/{ticket.json['id']}", customer="studio").json
    image = announce.api.ask("GET", f"/v1/images/{state['image']}", customer="studio").json
    expect((state["state"], image["sha256"]), ("accepted", hashlib.sha256(body).hexdigest()), "the image")
    expect(announce.function.ask(queue({"outbox": created(BUCKET, announce.entries()[0])})), failures(), "its entry")
    expect(announce.announced(), [(state["image"], 1)], "the topic")


def unknown(announce):
    """What nobody sends is a failure that Lambda hears of, and the function goes on."""
    for event in ({"sweep": "everything"}, {}, SAMPLES["rest"]):
        try:
            announce.function.ask(event)
        except Failed:
            continue
        raise AssertionError(f"{event} was taken")
    expect(announce.function.ask({"Records": []}), failures(), "an empty batch")


def without_broker(announce, entry, seen):
    """Kafka does not answer: the message comes again, in time."""
    function = announce.aws.function("announce", others=True, KAFKA_BROKERS="127.0.0.1:9")

    def ask():
        began = time.monotonic()
        seen.append((function.ask(queue({"waits": created(BUCKET, entry)})), time.monotonic() - began))

    thread = threading.Thread(target=ask)
    thread.start()
    return thread


def swept(announce, entries, put_at):
    """What was told of to nobody is announced once it is a minute old; the daily sweep finds nothing to do."""
    function = announce.aws.function("announce", "sweep", others=True)
    time.sleep(max(0, put_at + NOTIFIED_WITHIN_S + 2 - time.monotonic()))
    expect(sorted(announce.aws.keys(BUCKET, "outbox/")), sorted(entries), "what waits")
    expect(function.ask(SWEEP_DUE), failures(), "a sweep")
    expect(announce.announced(), sorted(map(image_of, entries)), "the topic")
    expect(announce.aws.keys(BUCKET, "outbox/"), [], "the outbox")
    expect(function.ask(SWEEP_LEFTOVERS), failures(), "the daily sweep")
    expect(announce.announced(), [], "the topic after it")


def run(aws):
    announce, unheard = Announce(aws), []
    entries = [announce.upload(seed) for seed in (98, 99)]
    announce.waiting, put_at = set(entries), time.monotonic()
    waits = without_broker(announce, entries[0], unheard)
    partial(announce)
    repeated(announce)
    accepted(announce)
    unknown(announce)
    waits.join()
    [(answer, seconds)] = unheard
    expect(answer, failures("waits"), "without a broker")
    swept(announce, entries, put_at)
    assert announce.function.peak_mib < announce.function.memory_mib, announce.function.peak_mib
    print(f"announce: without a broker it gave up after {seconds:.0f} s; {announce.function.peak_mib:.0f} MiB at most")
