"""Whether everything that was acknowledged is where it belongs, once nobody asks for anything any more.

Each check yields a sentence for each fault.
"""

import hashlib
import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path

from dataset import snapshot
from lambdas.kafka import held
from ledger import ABSENT, LIVE, VIEWERS, State, hidden_from

VERIFY_FEED = Path(__file__).parent.parent / "python" / "verify_feed.py"
# How often nothing may wait, one time after the other, before all is at rest.
RESTED, RESTED_EVERY_S = 3, 5
# What was put is accepted within this time of everything coming to rest, at the latest by a sweep.
ACCEPTED_WITHIN_S = 90


def rest(place, gauges, patience_s):
    """Returns when nothing waits any more; what does after that time is a fault."""
    until, still = time.monotonic() + patience_s, 0
    while still < RESTED:
        time.sleep(RESTED_EVERY_S)
        gauges.read()
        waits = place.unannounced(), gauges.lag[-1]
        still = 0 if any(waits) else still + 1
        if time.monotonic() > until and not still:
            return [f"rest: after {patience_s} s {waits[1]:.0f} messages wait, and the changes {waits[0][:9]}"]
    return []


def records(place):
    """Each is as it was acknowledged, or as one of those that may have come of what was not. Settles which."""
    for entry in list(place.ledger.entries.values()):
        yield from record(place, entry)
    place.ledger.settle()


def record(place, entry):
    until = time.monotonic() + ACCEPTED_WITHIN_S
    while True:
        answer = place.client.ask("GET", f"/v1/images/{entry.image}")
        shown = State.of(answer.json()) if answer.status == 200 else entry.absent
        if shown in entry.possible or not entry.is_open or time.monotonic() > until:
            break
        time.sleep(1)
    if answer.status not in (200, 404):
        yield f"{entry.image} was answered with {answer.status}: {answer.body[:200]!r}"
    elif shown not in entry.possible:
        yield f"{entry.image} is {shown}, and should be one of {sorted(entry.possible)}"
    elif shown.life != ABSENT:
        entry.key = answer.json()["original"]["key"]
        yield from described(entry, shown, answer.json())
    entry.possible, entry.is_open = {shown}, False


def described(entry, shown, view):
    if (view["sha256"], view["bytes"]) != (entry.sha256, entry.length):
        yield f"{entry.image} has {view['bytes']} bytes of {view['sha256']}; it was {entry.length} of {entry.sha256}"
    fed = "staged" if (shown.life, shown.consent) == (LIVE, "training") else "announced"
    if view["feed"] != fed:
        yield f"{entry.image} is {view['feed']} at rest, and should be {fed}"


def listing(place):
    """Each live image once, the newest first."""
    listed, cursor = [], ""
    while cursor is not None:
        answer = place.client.ask("GET", f"/v1/images?limit=200{cursor and '&cursor='}{cursor}")
        if answer.status != 200:
            yield f"a page was answered with {answer.status}: {answer.body[:200]!r}"
            return
        listed += answer.json()["images"]
        cursor = answer.json()["next_cursor"]
    names, live = [image["id"] for image in listed], {entry.image for entry in place.ledger.images}
    if len(names) != len(set(names)) or set(names) != live:
        yield f"{len(names)} images are listed, {len(live)} there: other are {sorted(set(names) ^ live)[:9]}"
    times = [datetime.fromisoformat(image["uploaded_at"]) for image in listed]
    if times != sorted(times, reverse=True):
        yield "the newest are not first"


def originals(place):
    """The bucket has every byte that was uploaded, also of what can still be brought back."""
    store, bucket = place.store(), place.variables()["CUSTOMER_BUCKET"]
    for entry in place.ledger.entries.values():
        try:
            body = store.get_object(Bucket=bucket, Key=entry.key)["Body"].read()
        except store.exceptions.NoSuchKey:
            yield f"{entry.key} is not in the bucket"
            continue
        if hashlib.sha256(body).hexdigest() != entry.sha256:
            yield f"{entry.key} has other bytes than were uploaded"


def renditions(place):
    """Every URL that ever showed something shows the same to whoever may see it, and nothing to others."""
    turns = itertools.cycle(VIEWERS)
    for entry in place.ledger.entries.values():
        for target in entry.seen:
            yield from rendition(place, entry, target, next(turns))
        for viewer in VIEWERS:
            yield from rendition(place, entry, f"/demo/{entry.image}?w=64&fm=webp", viewer)


def rendition(place, entry, target, viewer):
    answer = place.client.ask("GET", target, viewer=viewer)
    if not entry.state.is_visible_to(viewer):
        if answer.status not in hidden_from(viewer):
            yield f"{target} is {entry.state.life} and {entry.state.visibility}; {viewer} got {answer.status}"
    elif answer.status != 200:
        yield f"{target} was answered to {viewer} with {answer.status}: {answer.body[:200]!r}"
    elif wrong := place.ledger.wrong(entry, target, answer.body):
        yield wrong


def feed(place):
    """verify_feed.py finds every record where it belongs, and every offset that Kafka has."""
    variables = os.environ | place.variables("--consumer")
    offsets = held(variables["KAFKA_BROKERS"], variables["KAFKA_TOPIC"])
    named = {f"{variables['KAFKA_TOPIC']}/{number}": ends for number, ends in offsets.items()}
    with tempfile.NamedTemporaryFile("w") as file:
        json.dump(named, file)
        file.flush()
        command = [sys.executable, VERIFY_FEED, "--complete", "--offsets", file.name, "--json"]
        run = subprocess.run(command, env=variables, capture_output=True, text=True)
    lines = run.stdout.splitlines()
    if run.returncode == 0:
        place.totals = json.loads(lines[-1])
    else:
        found = [line for line in lines if line.startswith("fault:")]
        yield from found or [f"verify_feed.py ended with {run.returncode}: {run.stderr[-500:]}"]


CHECKS = (records, listing, originals, renditions, feed, snapshot)


def check(place, checks=CHECKS):
    """All faults, each with the check that found it."""
    return [f"{one.__name__}: {sentence}" for one in checks for sentence in one(place)]
