"""Who asks one thing after another, and what they hold the answers to."""

import bisect
import contextlib
import hashlib
import itertools
import json
import random
import threading
import time
import urllib.parse

from client import TOO_BUSY
from ledger import DELETED, LIVE, VIEWERS, Entry, State, hidden_from
from pictures import picture

WIDTHS = (80, 160, 240, 320, 480)
FORMATS = ("webp", "jpg", "avif")
# Whoever is refused, or not answered, waits a little.
PAUSE_S = 0.2
ACCEPTED_WITHIN_S = 5
CHANGES = {"upload": 3, "ticket": 1, "label": 3, "consent": 1, "open_or_close": 1, "delete": 3, "predict": 2}
LOOKS = {"look_at_popular": 85, "look_at_deleted": 3, "look_at_original": 2}
LEFT_MIN = 30


class Worker(threading.Thread):
    """Asks one thing after another; nine in ten are looks. A writer only makes changes, and takes his time."""

    def __init__(self, client, ledger, seed, stop=None, is_writer=False):
        super().__init__(daemon=True)
        self.client, self.ledger, self.random = client, ledger, random.Random(seed)
        self.stop, self.is_writer = stop or threading.Event(), is_writer
        scale = 9 * sum(CHANGES.values()) / sum(LOOKS.values())
        looks = {} if is_writer else {look: weight * scale for look, weight in LOOKS.items()}
        self.kinds, self.weights = list(CHANGES | looks), list((CHANGES | looks).values())

    def run(self):
        while not self.stop.is_set():
            troubles = self.client.troubles
            try:
                getattr(self, self.random.choices(self.kinds, self.weights)[0])()
            except Exception as error:  # noqa: BLE001, it is told with the others
                self.ledger.fault(f"a worker stopped: {error!r}")
                return
            if self.is_writer or self.client.troubles != troubles:
                time.sleep(PAUSE_S)

    def ask(self, *asked, **how):
        answer = self.client.ask(*asked, **how)
        if answer.status == TOO_BUSY:
            time.sleep(PAUSE_S)
        return answer

    def popular(self):
        """The first image as often as the next two together, and so on (Zipf)."""
        with self.ledger.lock:
            images = list(self.ledger.images)
        ends = list(itertools.accumulate(1 / rank for rank in range(1, len(images) + 1)))
        return images[bisect.bisect(ends, self.random.random() * ends[-1])]

    def look_at_popular(self):
        self.look(self.popular(), self.random.choice(VIEWERS))

    def look_at_deleted(self):
        """Also by a URL that showed it once."""
        with self.ledger.lock:
            gone = [entry for entry in self.ledger.entries.values() if entry.lives() == {DELETED}]
        if gone:
            self.look(self.random.choice(gone), self.random.choice(VIEWERS))

    def look(self, entry, viewer):
        target = f"/demo/{entry.image}?w={self.random.choice(WIDTHS)}&fm={self.random.choice(FORMATS)}"
        may_show, answer = self.shown(entry, target, viewer)
        if answer.status == 200 and may_show:
            wrong = self.ledger.wrong(entry, target, answer.body)
            if wrong:
                self.ledger.fault(wrong)

    def look_at_original(self):
        entry = self.popular()
        target = f"/demo/{entry.image}/original"
        may_show, answer = self.shown(entry, target, "bearer")
        if answer.status == 200 and may_show and hashlib.sha256(answer.body).hexdigest() != entry.sha256:
            self.ledger.fault(f"{target} has other bytes than were uploaded")

    def shown(self, entry, target, viewer):
        """Whether it may be shown, and what was answered."""
        before = entry.possible
        answer = self.ask("GET", target, viewer=viewer)
        # Somebody may have changed it meanwhile.
        visible = {state.is_visible_to(viewer) for state in before | entry.possible}
        if answer.status == 200 and visible == {False}:
            self.ledger.fault(f"{target} shows {viewer} an image that was deleted or closed before it was asked for")
        elif answer.status != 200:
            hidden = hidden_from(viewer) if False in visible else ()
            self.ledger.judge(answer, f"{viewer} asking for {target}", also=hidden)
        return True in visible, answer

    def new(self):
        """A picture that nobody has uploaded, and what is said of it."""
        seed = self.ledger.next_seed()
        chance = random.Random(seed)
        declared = {"label": f"of-{chance.randrange(9)}", "consent": chance.choice(("training", "none"))}
        declared["visibility"] = chance.choice(("public", "private"))
        body = picture(seed)
        return Entry(seed, body, declared), body, declared

    def upload(self):
        entry, body, declared = self.new()
        self.ledger.add(entry)
        target = f"/v1/images?{urllib.parse.urlencode(declared)}"
        if self.ledger.change(entry, State.uploaded, lambda: self.ask("POST", target, body)):
            self.ledger.show(entry)

    def ticket(self):
        """In two steps. What was put is accepted sooner or later."""
        entry, body, declared = self.new()
        asked = declared | {"labels": [declared.pop("label")], "type": "image/jpeg", "bytes": len(body)}
        asked.pop("label", None)
        answer = self.ask("POST", "/v1/uploads", json.dumps(asked))
        if answer.status != 201:
            return self.ledger.judge(answer, "the wish for a ticket")
        self.ledger.add(entry)
        ticket = answer.json()
        put = self.client.put(ticket["put"]["url"], body, {"content-type": "image/jpeg"})
        entry.possible, entry.is_open = {state.uploaded() for state in entry.possible} | entry.possible, True
        if put.status != 200:
            return self.ledger.judge(put, f"the file of {ticket['id']}")
        entry.possible = {state for state in entry.possible if state.life == LIVE}
        self.accepted(entry, ticket["id"])

    def accepted(self, entry, ticket):
        """Others may ask for the image once it is one; where that takes long the check at the end sees to it."""
        until = time.monotonic() + ACCEPTED_WITHIN_S
        while time.monotonic() < until and not self.stop.is_set():
            answer = self.ask("GET", f"/v1/uploads/{ticket}")
            if answer.status != 200:
                return self.ledger.judge(answer, f"the ticket {ticket}")
            if answer.json()["state"] == "accepted":
                entry.is_open = False
                return self.ledger.show(entry)
            time.sleep(PAUSE_S)

    def label(self):
        self.patch(labels=(f"of-{self.random.randrange(9)}", "changed"))

    def consent(self):
        self.patch(consent=self.random.choice(("training", "none")))

    def open_or_close(self):
        self.patch(visibility=self.random.choice(("public", "private")))

    def patch(self, **fields):
        entry = self.popular()
        with alone(entry) as is_mine:
            if is_mine:
                target, body = f"/v1/images/{entry.image}", json.dumps(fields)
                self.ledger.change(
                    entry, lambda state: state.changed(**fields), lambda: self.ask("PATCH", target, body))

    def predict(self):
        entry = self.popular()
        before = entry.possible
        asked = json.dumps({"endpoint": "animals"})
        answer = self.ask("POST", f"/v1/images/{entry.image}/predictions", asked)
        if answer.status != 200:
            gone = {LIVE} != {state.life for state in before | entry.possible}
            self.ledger.judge(answer, f"a prediction for {entry.image}", also=(404, 409, 410) if gone else ())
        elif b'"cat"' not in answer.body:
            self.ledger.fault(f"the model said another thing of {entry.image}: {answer.body[:200]!r}")

    def delete(self):
        """And look at once whether it is still shown."""
        with self.ledger.lock:
            if len(self.ledger.images) < LEFT_MIN:
                return
            entry = self.random.choice(self.ledger.images)
        with alone(entry) as is_mine:
            if not is_mine:
                return
            self.ledger.hide(entry)
            gone = self.ledger.change(
                entry, State.deleted, lambda: self.ask("DELETE", f"/v1/images/{entry.image}"))
        if gone:
            self.look(entry, self.random.choice(VIEWERS))


@contextlib.contextmanager
def alone(entry):
    """Whether nobody else is changing the image, nor is a change still on its way."""
    is_mine = entry.lock.acquire(blocking=False)
    try:
        yield is_mine and not entry.is_open
    finally:
        if is_mine:
            entry.lock.release()
