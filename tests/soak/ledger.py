"""What the service has acknowledged of each image, and what it may have done beside that."""

import base64
import hashlib
import threading
from typing import NamedTuple

from client import REFUSED, TOO_BUSY, UNANSWERED, UNREACHED
from pictures import shows

ABSENT, LIVE, DELETED = "absent", "live", "deleted"
VIEWERS = ("bearer", "cookie", "anybody")
# Whoever is answered so knows that nothing was done.
NOTHING_DONE = (UNREACHED, REFUSED, TOO_BUSY)


class State(NamedTuple):
    """What a record says that somebody can change."""

    life: str
    version: int
    labels: tuple
    consent: str
    visibility: str

    @classmethod
    def of(cls, shown):
        """As the API shows it."""
        labels = tuple(shown["labels"])
        return cls(shown["state"], shown["version"], labels, shown["consent"], shown["visibility"])

    def changed(self, **fields):
        """After a PATCH, which does nothing to what is deleted, nor where it changes nothing."""
        after = self._replace(**fields)
        return self if self.life != LIVE or after == self else after._replace(version=self.version + 1)

    def deleted(self):
        return self.changed(life=DELETED, labels=())

    def uploaded(self):
        return self._replace(life=LIVE, version=1)

    def is_visible_to(self, viewer):
        return self.life == LIVE and (viewer != "anybody" or self.visibility == "public")


def hidden_from(viewer):
    """The answers that say that there is nothing to see."""
    return (404, REFUSED) if viewer == "anybody" else (404,)


class Entry:
    """An image. One at a time changes it, who holds the lock."""

    def __init__(self, seed, body, declared):
        digest = hashlib.sha256(body).digest()
        self.image = base64.b32encode(digest[:20]).decode().lower()
        self.seed, self.sha256, self.length = seed, digest.hex(), len(body)
        self.lock = threading.Lock()
        self.absent = State(ABSENT, 0, (declared["label"],), declared["consent"], declared["visibility"])
        self.possible = {self.absent}
        # Of the original, as the record names it.
        self.key = None
        # Renditions by URL: the SHA-256 of what was shown.
        self.seen = {}
        # A request that was never answered may be carried out at any time; till all is at rest nobody asks for more.
        self.is_open = False

    def lives(self):
        return {state.life for state in self.possible}

    @property
    def state(self):
        (state,) = self.possible
        return state


class Ledger:
    """The images there are, and every answer that was wrong."""

    def __init__(self):
        self.lock = threading.Lock()
        self.entries, self.images, self.faults, self.repeated = {}, [], [], 0
        self.seeds = 0

    def next_seed(self):
        with self.lock:
            self.seeds += 1
            return self.seeds

    def fault(self, sentence):
        with self.lock:
            self.faults.append(f"answers: {sentence}")

    def add(self, entry):
        with self.lock:
            self.entries[entry.image] = entry

    def show(self, entry):
        """From here on others may ask for the image."""
        with self.lock:
            self.images.append(entry)

    def hide(self, entry):
        with self.lock:
            if entry in self.images:
                self.images.remove(entry)

    def settle(self):
        """After all is known: forgets what never came to be, and shows what did."""
        with self.lock:
            self.entries = {image: entry for image, entry in self.entries.items() if entry.state.life != ABSENT}
            known = {entry.image for entry in self.images}
            self.images += [entry for entry in self.entries.values() if entry.image not in known]
            self.images = [entry for entry in self.images if entry.state.life == LIVE]

    def wrong(self, entry, target, body):
        """What is wrong about a rendition; the first under a URL is remembered."""
        sha256 = hashlib.sha256(body).hexdigest()
        with self.lock:
            known = entry.seen.setdefault(target, sha256)
            self.repeated += known is not sha256
        if known is sha256:
            return None if shows(body, entry.seed) else f"{target} shows another picture"
        return None if known == sha256 else f"{target} shows other bytes than before"

    def change(self, entry, transition, ask):
        """Has an image changed, by whoever holds its lock, and keeps what it may be then. The answer, if it is good."""
        before = entry.possible
        after = {transition(state) for state in before}
        entry.possible = before | after
        answer = ask()
        if answer.status in (200, 201):
            self.acknowledged(entry, after, answer)
            return answer
        if answer.status in NOTHING_DONE:
            entry.possible = before
        elif answer.status in (404, 409):
            self.denied(entry, before, answer)
        elif answer.status == UNANSWERED:
            entry.is_open = True
        self.judge(answer, f"a change of {entry.image}", also=(404, 409))
        return None

    def acknowledged(self, entry, after, answer):
        shown = State.of(answer.json())
        if shown not in after:
            self.fault(f"{entry.image} was changed into {shown}, and should be one of {sorted(after)}")
        entry.possible = {shown}

    def denied(self, entry, before, answer):
        """It may be gone, if an earlier request has deleted it or never made it."""
        gone = {state for state in before if state.life != LIVE}
        if not gone:
            self.fault(f"{entry.image} is there, and who changes it is answered {answer.status}: {answer.body[:200]!r}")
        entry.possible = gone or before

    def judge(self, answer, what, also=()):
        """Whether an answer that is not the wanted one is one of those that are meant to be."""
        fine = answer.status == TOO_BUSY or answer.status in also or (answer.failed and answer.disturbed)
        if not fine:
            self.fault(f"{what} was answered with {answer.status}: {answer.body[:300]!r}")
